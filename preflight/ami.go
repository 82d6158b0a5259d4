package preflight

import (
	"maps"
	"slices"
	"strings"

	"kezek/config"
)

// checkAMI tells which programs find the queues over AMI, and looks whether their pauses mean something.
func checkAMI(c config.AMI) (found []Finding) {
	if c.Listen == "" {
		return nil
	}
	var users []string
	orders := false
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		if c.Users[name].Write {
			orders = true
			name += " (may give orders)"
		}
		users = append(users, name)
	}
	found = append(found, fine("programs find the queues over AMI at %s: %s", c.Listen, strings.Join(users, ", ")))
	if orders && c.PauseStatus == "" {
		found = append(found, warning("set ami.pause_status to a status of the table",
			"ami.pause_status is empty: a pause is refused unless its reason is the name or the title of a status"))
	}
	return found
}
