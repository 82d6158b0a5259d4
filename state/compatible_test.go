package state

import (
	"encoding/json"
	"maps"
	"os"
	"testing"
)

// What Redis has was written by the release before: the hashes in saved-2026-11.json are of
// days of the simulator. Whatever becomes of the types, each is read whole and written as it was.
func TestStateOfAnEarlierReleaseIsRead(t *testing.T) {
	data, err := os.ReadFile("testdata/saved-2026-11.json")
	if err != nil {
		t.Fatal(err)
	}
	var saved map[string][]map[string]string
	if err := json.Unmarshal(data, &saved); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if len(saved[k.name]) == 0 {
			t.Errorf("there is no %s among what was saved", k.name)
		}
		for _, hash := range saved[k.name] {
			e := k.new()
			if err := decode(hash, e); err != nil {
				t.Errorf("%s %s: %v", k.name, e.Key(), err)
				continue
			}
			again := map[string]string{}
			list, err := encode(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(list); i += 2 {
				again[list[i]] = list[i+1]
			}
			if !maps.Equal(hash, again) {
				t.Errorf("%s %s was saved as %v, now as %v", k.name, e.Key(), hash, again)
			}
		}
	}
}
