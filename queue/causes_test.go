package queue

import (
	"slices"
	"testing"
)

// Each cause has an ender, by which the rules decide; and each of a phone that does not work says why, for people.
func TestEachCauseHasAnEnder(t *testing.T) {
	if len(enders) != len(Causes) {
		t.Errorf("%d causes have an ender, there are %d", len(enders), len(Causes))
	}
	for _, c := range Causes {
		if !slices.Contains(Enders, c.By()) {
			t.Errorf("nobody has ended what ended by %s: list it in enders", c)
		}
		if says := c.Words() != ""; says != (c.By() == EndedByPhone) {
			t.Errorf("%s is ended by %s, and its words are %q", c, c.By(), c.Words())
		}
		if _, theirs := violationOf(c); theirs != (c.By() == EndedByPerson || c.By() == EndedByPhone) {
			t.Errorf("%s: the agent is charged with a callback: %v", c, theirs)
		}
	}
}
