# The two that matter: `make run` starts Matoi, `make test` runs every check. `make help` lists the others.
SHELL := /bin/bash
MATOI := $(or $(CARGO_TARGET_DIR),target)/debug/matoi
DATA ?= var/matoi
LISTEN ?= 127.0.0.1:8322

.PHONY: help run build dev test lint fmt bench e2e docs gallery soak node_modules

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build and start Matoi; DEMO=1: with a sample organisation and its day (MATOI_SAMPLES=folder adds the mails and alerts of that folder)
	@scripts/setup run
	@$(MAKE) --no-print-directory dev
	@MATOI=$(MATOI) DATA=$(DATA) LISTEN=$(LISTEN) DEMO=$(DEMO) scripts/run

dev: node_modules ## the program as developers use it, in target/debug
	cargo build --locked --package matoi

build: node_modules ## the program as it is installed, in target/release
	cargo build --locked --release --package matoi

test: ## every check, as the gate runs them; STEPS="fmt clippy": only these
	@scripts/test $(STEPS)

lint: node_modules ## formatting, lints, texts, rules of the house, links
	cargo fmt --all --check
	cargo xtask words
	cargo xtask tidy
	cargo xtask links
	cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: ## format the sources
	cargo fmt --all

bench: node_modules ## the table of times and memory at 100,000 cases (release build)
	scripts/bench

e2e: dev ## the story in a browser; pictures in target/e2e
	scripts/e2e

gallery: dev ## every page with sample data, in both languages and themes, wide and narrow, in target/gallery
	scripts/gallery

docs: dev ## renew docs/openapi.json and the example configuration, check the links
	cargo xtask openapi
	$(MATOI) config show --example > docs/matoi.example.toml
	cargo xtask links

soak: dev ## twenty kills under load on both databases, then long fuzzing (SOAK_MINUTES=10)
	FUZZ_SECONDS=$$(( $(or $(SOAK_MINUTES),10) * 60 )) scripts/test soak fuzz

# npm writes this file last. Browsers are not fetched: the tests use the system's Chromium.
node_modules: node_modules/.package-lock.json
node_modules/.package-lock.json: package.json package-lock.json
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-progress
	@touch $@
