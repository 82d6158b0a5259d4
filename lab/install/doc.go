// Package install walks through docs/install.md on a clean Debian with systemd: it runs the guide's own commands, as they stand there, in a
// container, calls through what they have installed, upgrades it and removes it. So the guide is right or the test fails.
package install
