package config

import _ "embed"

// Example is a commented config with every key. A line "#key: value" shows a
// default; without its # it means the same.
//
//go:embed kezek.example.yaml
var Example []byte
