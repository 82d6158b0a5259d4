package lab

import (
	"testing"

	"kezek/config"
)

func TestConfigIsValid(t *testing.T) {
	l := ForTest(t, Options{})
	c, err := config.Load(l.Dir + "/kezek.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		t.Errorf("warning: %s", w)
	}
	if len(c.Rules.Agents) != len(Agents()) || len(c.Ops.Tokens) != 3 {
		t.Errorf("read %s and %d tokens", c, len(c.Ops.Tokens))
	}
}
