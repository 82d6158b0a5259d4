# What needs the lab sets it up first: Debian packages, a root folder with
# Asterisk, kept in the user's cache for all checkouts, and all that is compiled.
# Nothing slow is silent: the set-up tells its steps, WITH tells of the rest.
LAB := .lab/bin/lab
WITH := lab/progress.sh
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kezek
BARE := $(PATH)
export PATH := $(PATH):$(CACHE)/bin

.DEFAULT_GOAL := help

help: ## tell what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: lab ## set up, then play a short day of a call centre on real SIP calls
	@$(LAB) setup
	@$(LAB) demo

# Listening takes ten times as long under the race detector: the lab's own
# packages, which are no part of the product, run without it, and one at a time:
# each of them keeps a small machine busy. The set-up compiles them likewise.
test: set-up-tests ## set up, then run all tests
	KEZEK_LAB=1 go test -race $$(go list ./... | grep -v /lab)
	KEZEK_LAB=1 go test -p 1 -timeout 25m ./lab/...

# What takes long or needs more than Go, a real Asterisk or Redis among it, skips itself.
quick: ## the fast tests, which need nothing but Go (under half a minute once all is compiled)
	@PATH="$(BARE)" $(WITH) "compiling the tests, and running them" go test -short -p 8 $$(go list ./... | grep -v -e /lab -e /state -e /preflight -e /prompts/build)

scenarios: ## the rules against the texts of queue/testdata (WRITE=1: after a wanted change, write what happens now into them)
	go test ./queue -count=1 -run TestScenarios $(if $(WRITE),-rewrite)

sim: ## simulated days of the rules with every fault at once (DAYS=100 SEED=1)
	go test ./queue/queuetest -count=1 -timeout 2h -run 'TestDays|TestCallbacksInTime' -days $(or $(DAYS),100) -seed $(or $(SEED),1)

fuzz: ## every fuzz test for a while (FUZZTIME=10s)
	@grep -r --include='*_test.go' -o '^func Fuzz[A-Za-z]*' . | sed 's|/[^/]*_test.go:func | |' | sort -u | while read -r package fuzz; do \
		echo "$$package $$fuzz"; go test "$$package" -run '^$$' -fuzz "^$$fuzz\$$" -fuzztime $(or $(FUZZTIME),10s) || exit 1; done

test-long: lab ## set up, then the tests that take minutes: a hold of two, baresip and linphone as agents, the page in Chromium, a machine on which nothing was ever compiled, the install guide, speech by RHVoice, each wrong value at each key of the config, reports of a simulated year
	@$(LAB) setup --tests --long
	KEZEK_LAB=1 KEZEK_LONG=1 go test -v -p 1 -timeout 40m -run Long ./lab/...
	KEZEK_LONG=1 go test -v -run Long ./ops
	KEZEK_LONG=1 go test -v ./prompts/build
	KEZEK_LONG=1 go test ./config
	KEZEK_LONG=1 go test -v -timeout 60m -run Long ./history
	go test -v -timeout 40m -run TestOddStates ./state -states 1000000

screenshots: lab ## make the pictures of docs/page.md in Chromium
	@$(LAB) setup --tests --long
	mkdir -p docs/screenshots
	KEZEK_LONG=1 KEZEK_SHOTS=$(CURDIR)/docs/screenshots go test -count=1 -run TestLongScreenshots ./ops

up: lab ## start the lab in the background, for softphones and the board (KEEP=1: with the data of the last time)
	@$(LAB) up $(if $(KEEP),--keep)

down: lab ## stop the lab
	@$(LAB) down

bench: lab ## measure Kezek and app_queue side by side, into docs/performance.md (PART=line,crowd: these parts alone, into no page)
	@$(LAB) setup --bench
	@$(LAB) bench $(if $(PART),--only $(PART),--write docs/performance.md)

lint: ## check formatting, go vet, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	$(WITH) "compiling what go vet looks at" go vet ./...
	$(WITH) "compiling staticcheck, and running it" go tool staticcheck ./...

vuln: ## look for known vulnerabilities in what is called (skipped where their database cannot be reached)
	@.ci/vuln

build: ## build the daemon into bin/
	CGO_ENABLED=0 $(WITH) "compiling the daemon" go build -trimpath -ldflags "-X main.release=$(VERSION)" -o bin/kezek ./cmd/kezek

prompts: ## speak the phrases that changed (installs RHVoice)
	@$(WITH) "compiling the builder of prompts" go build -o .lab/bin/prompts ./prompts/cmd/build
	.lab/bin/prompts

set-up-tests: lab
	@$(LAB) setup --tests

lab:
	@$(WITH) "compiling the lab's program" go build -o $(LAB) ./lab/cmd/lab

.PHONY: help screenshots demo quick scenarios sim fuzz test test-long up down bench lint vuln build prompts lab set-up-tests
