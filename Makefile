# wasl. Two commands matter: `make run` and `make test`.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

# The address of `make run`, the folder it keeps its demonstration in and the size of that in contracts, 0 for the usual one.
LISTEN    ?= 127.0.0.1:8080
DEMO      ?= var/demo
CONTRACTS ?= 0
# The time each fuzz target gets in `make fuzz`, and more flags for go test.
FUZZTIME  ?= 30s
TESTFLAGS ?=
# How many programs of `make browser` and `make outside` run beside each other.
BESIDE    ?= 2
# The random requests of `make tariffs` and the first of their seeds.
PAIRS     ?= 1000000
SEED      ?= 1

STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := go run mvdan.cc/gofumpt@v0.12.0
PACKAGES    := ./...
VENDOR      := internal/platform/ui/static/vendor
BROWSER     := $(filter-out %/lib.mjs %/server.mjs,$(sort $(wildcard test/browser/*.mjs)))
OUTSIDE     := $(sort $(wildcard test/outside/*.sh test/outside/*.mjs))

export CGO_ENABLED ?= 0

##@ Use

.PHONY: run
run: tools assets build ## Build wasl and show a demonstration in the browser (LISTEN=address:port, DEMO=folder, CONTRACTS=size)
	@scripts/run.sh --listen "$(LISTEN)" --folder "$(DEMO)" --contracts "$(CONTRACTS)"

.PHONY: build
build: assets ## Build bin/wasl
	go build -o bin/wasl ./cmd/wasl

##@ Test

.PHONY: test
test: ## Everything: packages of the machine, style, both engines, browser, outside checks
	@scripts/test.sh packages tools assets build format vet lint licences unit browser outside run-check

.PHONY: check
check: tools vendor-folder vet lint ## The fast part: vet, staticcheck, short tests
	go test -short -timeout 5m $(TESTFLAGS) $(PACKAGES)

.PHONY: unit
unit: vendor-folder ## Go tests on SQLite and on a PostgreSQL they start themselves
	@trap 'go run ./internal/testkit/pgtest/cmd stop || true' EXIT; go test -timeout 40m $(TESTFLAGS) $(PACKAGES)

.PHONY: race
race: vendor-folder ## The concurrent packages under the race detector (needs gcc)
	CGO_ENABLED=1 go test -race -short -timeout 30m $(TESTFLAGS) ./internal/platform/...

.PHONY: browser
browser: build ## The pages and journeys in Chromium; the journeys on PostgreSQL too
	@{ printf 'node %s\n' $(BROWSER) | sort -r; printf 'WASL_DB=pg node test/browser/%s.mjs\n' month journey counter; } | scripts/beside.sh $(BESIDE)

.PHONY: outside
outside: build ## The checks that drive bin/wasl from outside: the commands of the documents
	@printf '%s\n' $(OUTSIDE) | scripts/beside.sh $(BESIDE)

.PHONY: run-check
run-check: build ## What `make run` does, without a browser: start on an empty folder, wait, stop
	@scripts/run.sh --check

.PHONY: fresh-clone
fresh-clone: ## The two commands on a fresh clone, as this user and, under root, as an ordinary one
	scripts/fresh-clone.sh --both

.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZTIME
	@scripts/fuzz.sh "$(FUZZTIME)"

.PHONY: tariffs
tariffs: ## Compare both implementations of tariffs on PAIRS random requests, seeds from SEED
	WASL_TARIFF_PAIRS=$(PAIRS) WASL_TARIFF_SEED=$(SEED) GOGC=1000 nice -n 19 go test -count 1 -v -timeout 24h -run TestTwoImplementationsAgree ./internal/testkit/naivetariff

.PHONY: bench
bench: build ## The benchmarks of the program's main work, as JSON
	bin/wasl bench ops

.PHONY: screenshot
screenshot: build ## Take the pictures of the README again
	node scripts/screenshot.mjs

##@ Care

.PHONY: format
format: ## Fail when a file is not formatted (make format-fix corrects)
	@files=$$($(GOFUMPT) -l cmd internal); if [ -n "$$files" ]; then echo "not formatted:"; echo "$$files"; exit 1; fi

.PHONY: format-fix
format-fix: ## Format the Go files
	$(GOFUMPT) -w cmd internal

.PHONY: vet
vet: vendor-folder ## go vet
	go vet $(PACKAGES)

.PHONY: lint
lint: vendor-folder ## staticcheck
	$(STATICCHECK) $(PACKAGES)

.PHONY: licences
licences: node_modules/.package-lock.json ## Fail when THIRD_PARTY.md is not current (make third-party corrects)
	@node scripts/third-party.mjs --check

.PHONY: third-party
third-party: node_modules/.package-lock.json ## Write THIRD_PARTY.md
	node scripts/third-party.mjs

.PHONY: tools
tools: ## Check the versions of Go and Node
	@scripts/tools.sh

.PHONY: packages
packages: ## Install the Debian packages that the tests need
	@scripts/packages.sh postgresql chromium chromium-l10n hledger

.PHONY: assets
assets: $(VENDOR)/manifest.json ## Copy the embedded assets out of the npm packages

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(VENDOR)/manifest.json: node_modules/.package-lock.json scripts/assets.mjs internal/platform/ui/icon.go
	node scripts/assets.mjs
	@touch $@

# vet and tests may run before npm: the folder has to exist for the embedding.
.PHONY: vendor-folder
vendor-folder:
	@mkdir -p $(VENDOR)

.PHONY: clean
clean: ## Remove what was built and the demonstration
	rm -rf bin var $(VENDOR)/*

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
