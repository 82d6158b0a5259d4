package main

import (
	"errors"
	"fmt"
	"strings"

	"kezek/config"
)

// loadConfig reads the config for the daemon or a command.
func loadConfig(path string) (*config.Config, error) {
	c, err := config.Load(path)
	if err == nil {
		return c, nil
	}
	text := err.Error()
	if n := strings.Count(text, "\n") + 1; n > 1 {
		text = fmt.Sprintf("%d mistakes in the config:\n%s", n, text)
	}
	return nil, usageError{errors.New(text)}
}
