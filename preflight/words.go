package preflight

import "fmt"

// several is "1 phone" or "2 phones".
func several(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
