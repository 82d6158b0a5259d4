package ari

import (
	"slices"
	"testing"
)

func TestInFolder(t *testing.T) {
	for _, test := range []struct {
		media  []string
		names  []string
		folder string
	}{
		{[]string{"sound:kezek/ru/hold"}, []string{"sound:hold"}, "kezek/ru"},
		{[]string{"sound:kezek/ru/position", "sound:kezek/ru/5"}, []string{"sound:position", "sound:5"}, "kezek/ru"},
		{[]string{"sound:kezek/ky/hold", "sound:kezek/ru/hold"}, []string{"sound:kezek/ky/hold", "sound:kezek/ru/hold"}, ""},
		{[]string{"sound:hold"}, []string{"sound:hold"}, ""},
		{[]string{"tone:ring"}, []string{"tone:ring"}, ""},
		{[]string{"sound:kezek/ru/hold", "tone:ring"}, []string{"sound:kezek/ru/hold", "tone:ring"}, ""},
	} {
		if names, folder := inFolder(test.media); !slices.Equal(names, test.names) || folder != test.folder {
			t.Errorf("%v: %v in %q", test.media, names, folder)
		}
	}
}
