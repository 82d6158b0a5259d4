package lab

import (
	"strings"
	"testing"
	"time"

	"kezek/config"
)

func TestConfigIsValid(t *testing.T) {
	l := ForTest(t, Options{})
	c, err := config.Load(l.Dir + "/kezek.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The lab's tokens are short names that its users know by heart; nothing else is to be warned of.
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "tokens of viewer, supervisor, admin are shorter than 16") {
		t.Errorf("warnings: %q", c.Warnings)
	}
	if len(c.Rules.Agents) != len(Agents()) || len(c.Ops.Tokens) != 3 {
		t.Errorf("read %s and %d tokens", c, len(c.Ops.Tokens))
	}
}

func TestConfigOverlay(t *testing.T) {
	l := ForTest(t, Options{Config: `
queues: {sales: {wrapup: 7s, title: {ky: "Башка"}}}
languages: [ru, ky]`})
	c, err := config.Load(l.Dir + "/kezek.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sales := c.Rules.Queues["sales"]
	if sales.WrapUp != 7*time.Second || sales.Title["ky"] != "Башка" || c.Rules.Languages[0] != "ru" {
		t.Errorf("not laid over: %+v, languages %v", sales, c.Rules.Languages)
	}
	if sales.Title["ru"] != "Отдел продаж" || len(sales.DID) != 1 || sales.DID[0] != DID || len(c.Rules.Agents) != len(Agents()) {
		t.Errorf("what lay below is lost: %+v, %d agents", sales, len(c.Rules.Agents))
	}
}
