package lab

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestAsteriskAnswersARI(t *testing.T) {
	l := ForTest(t, Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.ARIURL+"/asterisk/info", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(ARIUser, ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var info struct{ Config struct{ Name string } }
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil {
		t.Fatal(resp.Status, err)
	}
	if info.Config.Name != l.Name {
		t.Errorf("the Asterisk is called %q, not %q", info.Config.Name, l.Name)
	}
}
