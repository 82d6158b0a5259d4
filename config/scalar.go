package config

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reads reports whether v is written as one scalar.
func reads(v reflect.Value) bool {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return true
	}
	switch v.Kind() {
	case reflect.String, reflect.Int, reflect.Int64, reflect.Bool:
		return true
	}
	return false
}

// want says what a scalar must look like.
func want(v reflect.Value) string {
	switch v.Addr().Interface().(type) {
	case *time.Duration:
		return "a time with its unit, such as 90s, 15m or 1h30m"
	case *netip.Prefix:
		return "an address or a network, such as 127.0.0.1 or 10.0.0.0/24"
	case *int:
		return "a whole number"
	case *bool:
		return "true or false"
	}
	return "text"
}

// setScalar reads the text of a scalar node into v, which an error leaves alone.
func setScalar(v reflect.Value, n ast.Node, text string) error {
	if isNull(n) {
		return errors.New("has no value: give one, or leave the key out for its default")
	}
	quotes := tokenOf(n).Type == token.DoubleQuoteType || tokenOf(n).Type == token.SingleQuoteType
	var value any
	var err error
	switch target := v.Addr().Interface().(type) {
	case *time.Duration:
		value, err = parseDuration(text)
	case *netip.Prefix:
		value, err = parsePrefix(text)
	case *int:
		value, err = strconv.Atoi(text)
		if quotes {
			err = strconv.ErrSyntax
		}
	case *bool:
		value = text == "true"
		if quotes || text != "true" && text != "false" {
			err = strconv.ErrSyntax
		}
	case encoding.TextUnmarshaler:
		return target.UnmarshalText([]byte(text))
	default:
		return setText(v, n, text)
	}
	if err != nil {
		return fmt.Errorf("%s is not allowed: want %s", quoted(text), want(v))
	}
	v.Set(reflect.ValueOf(value))
	return nil
}

func setText(v reflect.Value, n ast.Node, text string) error {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode:
	default:
		return fmt.Errorf("want text, not %s: put it in quotes", kindOf(n))
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("contains a line break or another control character: want one line of text")
	}
	v.SetString(text)
	return nil
}

// ParseDuration reads a time as it is written in the config: 90s, 1h30m, 2d.
func ParseDuration(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s is not allowed: want %s", quoted(text), want(reflect.ValueOf(&d).Elem()))
	}
	return d, nil
}

// parseDuration reads what [time.ParseDuration] does, and days in front: "90d".
func parseDuration(text string) (time.Duration, error) {
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseUint(days, 10, 14)
	if err != nil || rest == "" {
		return time.Duration(n) * 24 * time.Hour, err
	}
	within, err := time.ParseDuration(rest)
	return time.Duration(n)*24*time.Hour + within, err
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap()
		return addr.Prefix(addr.BitLen())
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

// scalar is the text of a scalar as it stands in the file: an unquoted number
// too, so that a PIN of 0421 keeps its zero.
func scalar(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case nil:
		return "", true
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}
