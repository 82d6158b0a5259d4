package config

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxValues bounds what aliases of aliases can blow up to.
const maxValues = 1 << 17

// decoder fills Go values from YAML, strictly. The library's decoder stops at
// the first mistake; this one tells them all, and notes where each value stands.
type decoder struct {
	*report
	file    string
	anchors map[string]ast.Node
	values  int
}

// element is a value of a mapping that must know its key and its place among
// the others, and that starts with defaults.
type element interface{ begin(name string, order int) }

// nodeDecoder is a value that may be written in several ways.
type nodeDecoder interface {
	decode(d *decoder, path string, key *token.Token, n ast.Node)
}

// decode reads YAML text over what v points to. It reports false when the text
// as a whole could not be read.
func (r *report) decode(file string, data []byte, v any) bool {
	r.files = append(r.files, file)
	if outer, nested := r.places[""]; nested {
		defer func() { r.places[""] = outer }()
	}
	r.places[""] = place{file, 1, 1}
	d := &decoder{report: r, file: file, anchors: map[string]ast.Node{}}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if isUTF16(data) {
		r.badAt(r.places[""], "", "is UTF-16 text: save it as UTF-8")
		return false
	}
	if at := invalidUTF8(data); at >= 0 {
		r.badAt(place{file, 1 + bytes.Count(data[:at], []byte("\n")), 1}, "", "not UTF-8 text")
		return false
	}
	var tokens token.Tokens
	if err := guarded(func() error { tokens = lexer.Tokenize(string(data)); return nil }); err != nil {
		r.badf("", "cannot be read: %v", err)
		return false
	}
	if t := tooDeep(tokens); t != nil {
		r.badAt(d.place(t), "", "nested too deeply")
		return false
	}
	if t := tooMany(tokens); t != nil {
		r.badAt(d.place(t), "", "has too many keys: want %d at most, %d in one mapping", maxAllKeys, maxKeys)
		return false
	}
	var parsed *ast.File
	err := guarded(func() (err error) { parsed, err = parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()); return err })
	if err != nil {
		at, text := r.places[""], inOurWords("")
		if e, ok := errors.AsType[yaml.Error](err); ok {
			at, text = d.place(e.GetToken()), inOurWords(e.GetMessage())
		}
		if m, ok := findMistake(string(data)); ok {
			at, text = place{file, m.line, m.column}, m.text
		}
		r.badAt(at, "", "not YAML: %s", text)
		return false
	}
	if len(parsed.Docs) > 1 {
		r.badf("", "has %d documents separated by ---: want one", len(parsed.Docs))
		return false
	}
	if len(parsed.Docs) == 0 || isNull(parsed.Docs[0].Body) {
		return true
	}
	root, ok := parsed.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		r.badf("", "want a mapping (key: value), not %s", kindOf(parsed.Docs[0].Body))
		return false
	}
	d.value("", nil, root, reflect.ValueOf(v).Elem())
	return d.values <= maxValues
}

// tooDeep finds nesting that no config has and that the parser needs the square
// of the time and memory for.
func tooDeep(tokens token.Tokens) *token.Token {
	const brackets, column = 50, 1000
	open := 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			if open++; open > brackets {
				return t
			}
		case token.SequenceEndType, token.MappingEndType:
			open--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			if t.Position.Column > column {
				return t
			}
		}
	}
	return nil
}

// The parser needs the square of the number of keys of a mapping in time, and a stack as deep. So they are bounded, those of one mapping
// and all: 1,000 agents with all that can be said of them have half as many.
const (
	maxKeys    = 5000
	maxAllKeys = 20000
)

// tooMany finds the key that is one too many.
func tooMany(tokens token.Tokens) *token.Token {
	keys, open := 0, []struct{ column, keys int }{} // the mappings that a line stands in
	for _, t := range tokens {
		if t.Type != token.MappingValueType || t.Prev == nil {
			continue
		}
		column := t.Prev.Position.Column
		for len(open) > 0 && open[len(open)-1].column > column {
			open = open[:len(open)-1]
		}
		if len(open) == 0 || open[len(open)-1].column < column {
			open = append(open, struct{ column, keys int }{column, 0})
		}
		in := &open[len(open)-1]
		in.keys++
		if keys++; keys > maxAllKeys || in.keys > maxKeys {
			return t
		}
	}
	return nil
}

// byteOrderMark is what editors on Windows put before UTF-8 text.
const byteOrderMark = "\uFEFF"

// isUTF16 reports whether the text begins as UTF-16 does: with its mark, or with letters of which every other byte is 0.
func isUTF16(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	return data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF || (data[0] == 0) != (data[1] == 0)
}

// invalidUTF8 is where the text stops being text, -1 if it does not.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func (d *decoder) place(t *token.Token) place {
	if t == nil || t.Position == nil {
		return d.places[""]
	}
	return place{d.file, t.Position.Line, t.Position.Column}
}

// value reads a node into v. Key is what stands before it, nil if nothing does.
func (d *decoder) value(path string, key *token.Token, n ast.Node, v reflect.Value) {
	if d.values++; d.values > maxValues {
		if d.values == maxValues+1 {
			d.badf("", "aliases expand it to more than %d values", maxValues)
		}
		return
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.value(path, key, n.Value, v)
		// Known from here on only, so that nothing can contain itself.
		d.anchors[n.Name.GetToken().Value] = n.Value
		return
	case *ast.AliasNode:
		if target := d.alias(path, n); target != nil {
			d.value(path, key, target, v)
		}
		return
	}
	text, isScalar := scalar(n)
	if path != "" {
		at := tokenOf(n)
		if key != nil && (!isScalar || isNull(n)) {
			at = key
		}
		d.places[path] = d.place(at)
	}
	if own, ok := v.Addr().Interface().(nodeDecoder); ok {
		own.decode(d, path, key, n)
		return
	}
	if reads(v) {
		if !isScalar {
			d.wrongKind(path, n, want(v))
		} else if err := setScalar(v, n, text); err != nil {
			d.unreadf(path, "%s", err)
		}
		return
	}
	// A key whose whole section is commented out stands for the defaults.
	if isNull(n) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(path, n, v)
	case reflect.Map:
		d.mapping(path, n, v)
	case reflect.Slice:
		d.list(path, n, v)
	default:
		panic("config: no rule to read a " + v.Type().String())
	}
}

// decodeInto reads a node into what v points to.
func decodeInto[T any](d *decoder, path string, key *token.Token, n ast.Node, v *T) {
	d.value(path, key, n, reflect.ValueOf(v).Elem())
}

// structure reads a mapping whose keys are the fields of v.
func (d *decoder) structure(path string, n ast.Node, v reflect.Value) {
	known := fields(v.Type())
	for _, e := range d.entries(path, n) {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == e.name })
		if i < 0 {
			at := child(path, e.name)
			d.places[at] = d.place(e.key)
			d.badf(at, "unknown key: %s", meant(e.name, known))
			continue
		}
		d.value(child(path, e.name), e.key, e.value, v.FieldByIndex(known[i].index))
	}
}

// meant says which key an unknown one should be, or all that there are.
func meant(got string, known []field) string {
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.name
	}
	if near := nearest(got, names); near != "" {
		return "did you mean " + near + "?"
	}
	return oneOf(got, names)
}

// mapping reads a mapping whose keys are free.
func (d *decoder) mapping(path string, n ast.Node, v reflect.Value) {
	for i, e := range d.entries(path, n) {
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		t := v.Type().Elem()
		elem := reflect.New(t).Elem()
		target := elem
		if t.Kind() == reflect.Pointer {
			elem.Set(reflect.New(t.Elem()))
			target = elem.Elem()
		}
		if own, ok := target.Addr().Interface().(element); ok {
			own.begin(e.name, i)
		}
		d.value(child(path, e.name), e.key, e.value, target)
		v.SetMapIndex(reflect.ValueOf(e.name).Convert(v.Type().Key()), elem)
	}
}

// list reads a sequence; it replaces a default.
func (d *decoder) list(path string, n ast.Node, v reflect.Value) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrongKind(path, n, "a list")
		return
	}
	v.SetZero()
	if len(seq.Values) > 0 {
		v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	}
	for i, elem := range seq.Values {
		d.value(item(path, i), nil, elem, v.Index(i))
	}
}

// entry is a key of a mapping with its value.
type entry struct {
	name  string
	key   *token.Token
	value ast.Node
}

// entries are the keys of a mapping, followed by those merged into it by "<<".
func (d *decoder) entries(path string, n ast.Node) []entry {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.wrongKind(path, n, "a mapping (key: value)")
		return nil
	}
	var own, merged []entry
	at := map[string]int{} // the index in own
	for _, kv := range m.Values {
		if _, ok := kv.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, d.merge(path, kv.Value)...)
			continue
		}
		name, ok := scalar(kv.Key)
		key := kv.Key.GetToken()
		if !ok {
			d.badAt(d.place(key), path, "a key is %s: want text", kindOf(kv.Key))
		} else if i, twice := at[name]; twice {
			d.badAt(d.place(key), child(path, name), "duplicate key: it is also in line %d", own[i].key.Position.Line)
		} else {
			at[name] = len(own)
			own = append(own, entry{name, key, kv.Value})
		}
	}
	for _, e := range merged {
		if _, there := at[e.name]; !there {
			at[e.name] = len(own)
			own = append(own, e)
		}
	}
	return own
}

// merge are the keys that "<<: *anchor" or "<<: [*a, *b]" brings, the first of a name first.
func (d *decoder) merge(path string, n ast.Node) []entry {
	switch n := n.(type) {
	case *ast.AliasNode:
		if target := d.alias(path, n); target != nil {
			return d.entries(path, target)
		}
	case *ast.SequenceNode:
		var all []entry
		for _, v := range n.Values {
			all = append(all, d.merge(path, v)...)
		}
		return all
	default:
		d.badf(path, "<<: want *name, or a list of such, not %s", kindOf(n))
	}
	return nil
}

// alias is the node that *name stands for, nil if there is none.
func (d *decoder) alias(path string, n *ast.AliasNode) ast.Node {
	name := n.Value.GetToken().Value
	target, ok := d.anchors[name]
	if !ok {
		d.places[path] = d.place(n.GetToken())
		d.unreadf(path, "*%s: there is no &%s before it", name, name)
		return nil
	}
	return target
}

func (d *decoder) wrongKind(path string, n ast.Node, want string) {
	d.unreadf(path, "want %s, not %s", want, kindOf(n))
}

func isNull(n ast.Node) bool {
	_, ok := n.(*ast.NullNode)
	return ok || n == nil
}

func tokenOf(n ast.Node) *token.Token {
	if n == nil {
		return nil
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken()
	}
	return n.GetToken()
}

// kindOf names a node for messages.
func kindOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.TagNode:
		return "a tag such as !!str"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return n.GetToken().Value
	case *ast.NullNode, nil:
		return "nothing"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	}
	return "marked with &, * or ?"
}

// field is a key of a struct.
type field struct {
	name  string
	index []int
	tag   reflect.StructTag
	typ   reflect.Type
}

// fields are the keys of a struct type, those of inlined structs among them.
func fields(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for _, inner := range fields(f.Type) {
				inner.index = append(slices.Clone(f.Index), inner.index...)
				all = append(all, inner)
			}
		case name != "" && name != "-":
			all = append(all, field{name, f.Index, f.Tag, f.Type})
		}
	}
	return all
}
