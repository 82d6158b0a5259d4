package preflight

import "testing"

func TestVersion(t *testing.T) {
	for text, want := range map[string]Severity{
		"22.10.1": Info, "22.10.1+dfsg+~cs6.17-1": Info, "22.11.0": Info, "23.0.0": Info, "22.10": Info,
		"22.9.9": Warning, "20.0.0": Warning, "certified/22.8-cert1": Warning, "GIT-master": Warning, "": Warning,
		"18.20.0": Error, "16": Error,
	} {
		if got := checkVersion(text); got.Severity != want {
			t.Errorf("%q: %+v, want %s", text, got, want)
		}
	}
}

func TestWhisperFault(t *testing.T) {
	for text, faulty := range map[string]bool{
		"22.11.0": true, "22.11.1+dfsg-1": true, "20.21.0": true, "23.5.0-rc1": true,
		"22.10.1": false, "22.1.1": false, "22": false, "20.20.0": false, "23.4.1": false, "GIT-master": false, "": false,
	} {
		if got := checkWhisper(text); (len(got) == 1) != faulty {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
