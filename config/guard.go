package config

import "fmt"

// guarded makes a panic of the YAML library an error: a file that is read again
// while calls are served must not end the daemon.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the YAML library panicked: %v", p)
		}
	}()
	return f()
}
