package queue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kezek/queue/internal/match"
)

// declaresRefusal: a call of one of the functions of refusals.go.
func declaresRefusal(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	return ok && slices.Contains([]string{"conflict", "notFound", "invalid", "declare"}, name.Name)
}

// declaresReason: a call of the function of reasons.go.
func declaresReason(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "reason"
}

func texts[T ~string](set []T) (all []string) {
	for _, value := range set {
		all = append(all, string(value))
	}
	slices.Sort(all)
	return all
}

// sets are the closed sets by their types.
var sets = map[string][]string{
	"CallState": texts(CallStates), "Outcome": texts(Outcomes), "Cause": texts(Causes), "Ender": texts(Enders), "VisitEnd": texts(VisitEnds), "TalkEnd": texts(TalkEnds), "HeldBy": texts(HeldBys), "HoldEnd": texts(HoldEnds),
	"HoldThen": texts(HoldThens), "HoldTurn": texts(HoldTurns), "HoldHangup": texts(HoldHangups), "HoldAudio": texts(HoldAudios), "Way": texts(Ways),
	"TransferEnd": texts(TransferEnds), "MonitorMode": texts(MonitorModes), "KeyingState": texts(KeyingStates), "RatingState": texts(RatingStates),
	"HangupReason": texts(HangupReasons), "Escape": texts(Escapes), "Strategy": texts(Strategies), "Pickup": texts(Pickups), "WorkingDay": texts(WorkingDays),
	"CallbackClass": texts(CallbackClasses), "CallbackState": texts(CallbackStates), "CallbackOutcome": texts(CallbackOutcomes),
	"AlarmState": texts(AlarmStates), "Status": texts(SetByDaemon), "ViolationKind": texts(ViolationKinds), "EntryKind": texts(EntryKinds),
	"ShiftEnd": texts(ShiftEnds), "PhoneChange": texts(PhoneChanges),
	"Refusal": texts(Refusals), "ReasonCode": texts(ReasonCodes), "CallOrder": texts(CallOrders), "Severity": texts(Severities),
}

// notSets are types of text that have no closed set: languages are the config's, device states are Asterisk's.
var notSets = []string{"Language", "LampState"}

// Each set has all constants of its type and nothing else, and each type of words has a set: a value that is
// not listed would be missing in what reads the set, and nobody would notice.
func TestSetsAreWhole(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string][]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if base, ok := n.Type.(*ast.Ident); ok && base.Name == "string" && !slices.Contains(notSets, n.Name.Name) {
					declared[n.Name.Name] = append(declared[n.Name.Name], []string{}...)
				}
			case *ast.ValueSpec:
				for _, value := range n.Values {
					typ, typed := n.Type.(*ast.Ident)
					if call, ok := value.(*ast.CallExpr); ok && declaresRefusal(call) {
						value, typ, typed = call.Args[0], ast.NewIdent("Refusal"), true
					} else if ok && declaresReason(call) {
						value, typ, typed = call.Args[0], ast.NewIdent("ReasonCode"), true
					}
					if text, ok := value.(*ast.BasicLit); ok && typed && sets[typ.Name] != nil {
						word, _ := strconv.Unquote(text.Value)
						declared[typ.Name] = append(declared[typ.Name], word)
					}
				}
			}
			return true
		})
	}
	for typ, values := range declared {
		slices.Sort(values)
		set, ok := sets[typ]
		if !ok {
			t.Errorf("%s has no set: list its constants in sets.go, and the set in this test", typ)
			continue
		}
		if missing := without(values, set); missing != nil {
			t.Errorf("%s: no set has %q: add it in queue/sets.go (or where its type is: a refusal, a class, a strategy)", typ, missing)
		}
		if more := without(set, values); more != nil {
			t.Errorf("%s: the set in queue/sets.go (or where its type is) has %q, which are no constants, or twice", typ, more)
		}
	}
	if len(declared) != len(sets) {
		t.Errorf("%d types are declared, %d have sets", len(declared), len(sets))
	}
}

// without are the values that are not in a set, or are there less often.
func without(values, set []string) (rest []string) {
	set = slices.Clone(set)
	for _, value := range values {
		if i := slices.Index(set, value); i >= 0 {
			set = slices.Delete(set, i, i+1)
		} else {
			rest = append(rest, value)
		}
	}
	return rest
}

// Each refusal has its words for people, and each status of the daemon's own its phrase for agents who ask.
func TestSetsHaveWords(t *testing.T) {
	for _, why := range Refusals {
		if why.Words() == "" {
			t.Errorf("%s has no words", why)
		}
	}
	for _, status := range SetByDaemon {
		if statusPhrase[status] == "" {
			t.Errorf("an agent who asks hears no phrase in the status %s", status)
		}
	}
}

// Matching knows the strategies by the same names.
func TestStrategiesOfMatching(t *testing.T) {
	if got := texts(match.Strategies); !slices.Equal(got, texts(Strategies)) {
		t.Errorf("matching knows the strategies %q, the rules %q", got, texts(Strategies))
	}
}
