# Everything needed is fetched into this folder; a step runs again only when its input changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONUTF8 := 1

APP := .venv/.app-installed
DEV := .venv/.dev-installed
BRAIN := .venv-brain/.installed
ASSETS := bot/web/static/vendor/.installed
TYPED = $(shell find bot actions demo components -name '*.py' 2>/dev/null | cut -d/ -f1 | sort -u)

.PHONY: run test soak bench setup setup-dev lint types format lock clean help

run: setup  ## install what is missing, train, start everything; Ctrl-C stops it
	@echo "[4/4] Kawan"
	@exec .venv/bin/kawan serve

test: setup-dev lint  ## install what is missing, check the code, run the tests
	@scripts/test

soak: setup-dev  ## the long fault, fuzz and load suites
	@.venv/bin/python -m pytest -m soak --timeout=0 tests

bench: setup  ## measure; prints a table and writes bench/results.json
	@.venv/bin/kawan bench

setup: $(APP) $(BRAIN) $(ASSETS)  ## install what `make run` needs

setup-dev: $(DEV) $(BRAIN) $(ASSETS)

# One after the other even under -j: uv and npm use all cores by themselves.
$(APP): requirements/app.txt requirements/build.txt scripts/environment scripts/uv requirements/uv.txt
	@echo "[1/4] app packages (.venv, Python 3.12)"
	@scripts/environment $(if $(wildcard $(DEV)),dev,app)
	@touch $@

$(DEV): requirements/dev.txt $(APP)
	@echo "[1/4] packages for tests and checks (.venv)"
	@scripts/environment dev
	@touch $@

$(BRAIN): requirements/brain.txt requirements/build.txt scripts/environment scripts/uv requirements/uv.txt | $(APP)
	@echo "[2/4] brain packages (.venv-brain, Python 3.10; 2.5 GB)"
	@scripts/environment brain
	@touch $@

$(ASSETS): web/package.json web/package-lock.json web/vendor.txt scripts/web-assets | $(APP) $(BRAIN)
	@echo "[3/4] web assets"
	@scripts/web-assets
	@touch $@

lint: $(DEV)  ## ruff and mypy
	@echo "[checks] ruff, mypy"
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(MAKE) --no-print-directory types

types: $(DEV)
	@.venv/bin/mypy --no-error-summary $(or $(TYPED),tests/conftest.py)

format: $(DEV)  ## sort imports, format, mend what ruff can
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format --quiet .

lock:  ## write the requirement files and web/package-lock.json anew; UPGRADE=1 takes newer versions
	@scripts/lock $(if $(UPGRADE),--upgrade)

clean:  ## remove environments, fetched tools and caches; keeps var/ and models/
	rm -rf .venv .venv-brain .tools web/node_modules bot/web/static/vendor
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .rasa
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done
