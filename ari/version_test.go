package ari

import "testing"

func TestVersion(t *testing.T) {
	for text, want := range map[string]Severity{
		"22.10.1": Info, "22.10.1+dfsg+~cs6.17-1": Info, "22.11.0": Info, "23.0.0": Info, "22.10": Info,
		"22.9.9": Warning, "20.0.0": Warning, "certified/22.8-cert1": Warning, "GIT-master": Warning, "": Warning,
		"18.20.0": Fault, "16": Fault,
	} {
		if got := checkVersion(text); got.Severity != want {
			t.Errorf("%q: %+v, want %s", text, got, want)
		}
	}
	if s := soundVersion.String(); s != "22.10.1" {
		t.Error(s)
	}
}
