package dialplan

import "kezek/queue"

// Dials is what agents' phones dial, one for each extension of the context APP-agents: the
// codes without which no calls are taken, and the others.
func (p Params) Dials() (needed, others []string) {
	needed = []string{"*10", "*1000", "*11"} // *10 with a PIN, too
	others = []string{"*12", "*13", "*14", "*241"}
	for _, s := range p.statuses() {
		others = append(others, "*"+s.Code)
	}
	for _, r := range p.results() {
		others = append(others, "*4"+r)
	}
	if supervised(p.Rules) {
		others = append(others, "*17", "*81", "*8100", "*82", "*8200", "*83", "*8300")
	}
	if !p.LampsOff && len(p.Rules.Statuses) > 0 {
		others = append(others, "kezek-status-0-0")
	}
	return needed, others
}

// supervised reports whether anybody may listen or switch the notice.
func supervised(rules *queue.Rules) bool {
	for _, a := range rules.Agents {
		if a.Supervisor {
			return true
		}
	}
	return false
}
