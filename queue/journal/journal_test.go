package journal

import "testing"

func TestParse(t *testing.T) {
	for _, bad := range []string{"1", "1-2", "1-2/", "1-2/-3", "a-2/3", "1-b/3", "-/3", "1-2/3/4", "-1-1/1"} {
		if p, err := Parse(bad); err == nil {
			t.Errorf("%q is read as %v", bad, p)
		}
	}
	for _, good := range []string{"", "1764500000000-0/123", "1-2/0"} {
		if p, err := Parse(good); err != nil || p.String() != good {
			t.Errorf("%q is read as %v, %v", good, p, err)
		}
	}
}

func TestLost(t *testing.T) {
	for _, tt := range []struct {
		after, next int64
		lost        int64
		known       bool
	}{{7, 8, 0, true}, {7, 10, 2, true}, {7, 7, 0, false}, {7, 1, 0, false}, {0, 9, 0, false}, {7, 0, 0, false}} {
		if lost, known := (Position{"5-0", tt.after}).Lost(Position{"6-0", tt.next}); lost != tt.lost || known != tt.known {
			t.Errorf("from %d to %d: %d lost, %v", tt.after, tt.next, lost, known)
		}
	}
	if lost, known := (Position{}).Lost(Position{"6-0", 9}); lost != 0 || !known {
		t.Errorf("from the beginning: %d lost, %v", lost, known)
	}
}
