# Two commands matter: `make run` shows the product, `make test` proves it. CI calls nothing else.

SHELL  := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

DATA   ?= ./data
LISTEN ?= 127.0.0.1:8080

# Where scripts/setup puts what neither the system nor a lock file offers.
export PATH := $(CURDIR)/target/tools/bin:$(PATH)

# A changed snapshot is a failure, never a new file; INSTA_UPDATE=always make test writes the new ones.
export INSTA_UPDATE ?= no

help: ## This list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Where cargo builds, if somebody keeps that elsewhere.
BUILT := $(or $(CARGO_TARGET_DIR),target)

# Clippy looks at the tests' crates while they are compiled; to look at everything once more by itself took a third as long again.
LINTED := RUSTC_WORKSPACE_WRAPPER=$(CURDIR)/scripts/rustc-linted

# The command line speaks the language of the terminal; what the tests read is English.
SPOKEN := LC_ALL=C.UTF-8

run: setup-run web ## Build the product and serve the sample county (DATA=./data LISTEN=127.0.0.1:8080)
	cargo build --locked --release -p anxiao
	exec $(BUILT)/release/anxiao demo --data $(DATA) --listen $(LISTEN)

# A test waits for disks, clocks and other programs as often as it works: twice as many at a time as there are cores.
test: setup-test web format policy ## Everything, the same as CI
	mkdir -p target
	$(SPOKEN) $(LINTED) RUST_TEST_THREADS=$$((2 * $$(nproc))) scripts/with-postgres cargo test --locked --workspace 2>&1 | tee target/tests.txt
	scripts/coverage-ran target/tests.txt
	scripts/test-package
	ANXIAO_BIN=$$(realpath $(BUILT)/debug/anxiao) scripts/e2e

test-s3: web ## Attachments in a bucket, with a server that speaks S3 (not part of `make test`)
	scripts/with-s3 cargo test --locked -p anxiao --features s3 --test it -- bucket::

check: web lint ## The quick part: format, lints, unit tests
	$(SPOKEN) $(LINTED) cargo test --locked --workspace --lib

# A connection for each telephone of a county: as many as the system allows.
bench: setup-test web ## Measure the hot paths beside the raw database; writes target/bench.json (ARGS='--only rollcall')
	ulimit -Sn "$$(ulimit -Hn)"; scripts/with-postgres --durable cargo run --locked --release -p bench -- $(ARGS)

package: setup-run web ## Build target/package/anxiao_<version>_<arch>.deb, with a systemd unit
	cargo build --locked --release -p anxiao
	scripts/package $(BUILT)/release/anxiao

format:
	cargo fmt --all --check
	scripts/house-rules

lint: web format
	cargo clippy --locked --workspace --all-targets -- -D warnings

policy: web ## Licences, sources and forbidden packages of everything that is linked or bundled
	node scripts/policy.mjs

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

# The front end is rebuilt when its sources, its packages or a template (unused styles are cut away) changed.
# The stamps stand in node_modules: whoever removes it gets both steps again.
WEB_PACKAGES := web/node_modules/.installed
WEB_BUILT    := web/node_modules/.built
WEB_SOURCES  := $(shell find web crates \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f \
                  \( -path 'web/*' -o -name '*.html' -o -path '*view*.rs' \) -print)

web: $(WEB_BUILT) ## Build the front end into web/dist

$(WEB_PACKAGES): web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch $@

$(WEB_BUILT): $(WEB_PACKAGES) $(WEB_SOURCES) $(if $(wildcard web/dist/*),,always)
	cd web && npm run build
	touch $@

.NOTPARALLEL:
.PHONY: help run test test-s3 check bench package format lint policy setup-run setup-test web always
always:
