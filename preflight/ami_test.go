package preflight

import (
	"testing"

	"kezek/config"
)

func TestAMI(t *testing.T) {
	panel := map[string]*config.AMIUser{"panel": {Read: true, Write: true}, "board": {Read: true}}
	const at = "programs find the queues over AMI at 127.0.0.1:5039: "
	for _, tt := range []struct {
		ami  config.AMI
		want string
	}{
		{config.AMI{Users: panel}, ""},
		{config.AMI{Listen: "127.0.0.1:5039", Users: panel, PauseStatus: "coffee"}, "info " + at + "board, panel (may give orders)\n"},
		{config.AMI{Listen: "127.0.0.1:5039", Users: panel}, "info " + at + "board, panel (may give orders)\n" +
			"warning ami.pause_status is empty: a pause is refused unless its reason is the name or the title of a status\n"},
		{config.AMI{Listen: "127.0.0.1:5039", Users: map[string]*config.AMIUser{"board": {}}}, "info " + at + "board\n"},
	} {
		if got := findings(checkAMI(tt.ami)); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.ami, got, tt.want)
		}
	}
}
