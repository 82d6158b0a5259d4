package ari_test

import (
	"net"
	"strings"
	"testing"

	"kezek/ari"
	"kezek/lab"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	s := &site{Lab: l}
	s.configure(t, "ari.conf", "[reader]\ntype = user\npassword = lab\nread_only = yes", "module reload res_ari.so")
	agent(t, l, "1001")
	closed, err := net.Listen("tcp", l.Host+":0")
	must(t, err)
	closed.Close()

	for _, test := range []struct {
		name    string
		prepare string // at the console
		change  func(*ari.Options)
		find    []string // each: severity and a part of the text
	}{
		{name: "all is well", change: func(o *ari.Options) { o.Endpoints = []string{"PJSIP/1001"} },
			find: []string{"info Asterisk 22.", "info all 27 modules", "info no program is attached", "info all 1 phones"}},
		{name: "phones", change: func(o *ari.Options) { o.Endpoints = []string{"PJSIP/1001", "PJSIP/1002", "PJSIP/4711"} },
			find: []string{"error endpoint PJSIP/4711", "warning 1 of 3 phones cannot be reached: PJSIP/1002"}},
		{name: "another's name", change: func(o *ari.Options) { o.Name = "bishkek" },
			find: []string{`calls itself "` + l.Name + `", not "bishkek"`}},
		{name: "read only", change: func(o *ari.Options) { o.Username = "reader" },
			find: []string{`error ARI user "reader" may only read`}},
		{name: "wrong password", change: func(o *ari.Options) { o.Password = "x" },
			find: []string{`error ARI at ` + l.ARIURL + ` refuses user "kezek"`}},
		{name: "wrong path", change: func(o *ari.Options) { o.URL = strings.TrimSuffix(o.URL, "ari") + "x" },
			find: []string{"error ARI at"}},
		{name: "nobody there", change: func(o *ari.Options) { o.URL = "http://" + closed.Addr().String() + "/ari" },
			find: []string{"error ARI at"}},
		{name: "module", prepare: "module unload func_frame_drop.so", find: []string{"error module func_frame_drop is not running (hold"}},
		{name: "optional module", prepare: "module unload func_talkdetect.so", find: []string{"warning module func_talkdetect is not running (callers"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.prepare != "" {
				s.cli(t, test.prepare)
			}
			o := options(l)
			if test.change != nil {
				test.change(&o)
			}
			found := ari.Check(t.Context(), o)
			var all strings.Builder
			for _, f := range found {
				if (f.Fix == "") != (f.Severity == ari.Info) {
					t.Errorf("fix %q for %s", f.Fix, f.Severity)
				}
				all.WriteString(string(f.Severity) + " " + f.What + "\n")
			}
			for _, want := range test.find {
				if !strings.Contains(all.String(), want) {
					t.Errorf("did not find %q in\n%s", want, all.String())
				}
			}
			if test.name == "all is well" && strings.Contains(all.String(), "error") {
				t.Error(all.String())
			}
		})
	}

	attach(t, l, nil)
	for _, f := range ari.Check(t.Context(), options(l)) {
		if strings.Contains(f.What, "a program is attached") {
			return
		}
	}
	t.Error("did not see the attached program")
}
