# `make help` lists the commands. Times are for two cores.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
# Relative in what the shell reads, so that the folder's own path may have spaces.
BIN := $(VENV)/bin
QUARTO := quarto-cli==1.9.38
# Each process takes a gigabyte. Tests of one file share what it lays out.
TEST := python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
export PATH := $(CURDIR)/$(BIN):$(PATH)
export QUARTO_PYTHON := $(CURDIR)/$(BIN)/python
# In a locale without UTF-8, such as C, Python cannot read its own settings in a folder with an umlaut.
export PYTHONUTF8 := 1

.PHONY: help setup demo small test test-all faults lint audit format repro verify report readme expected clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Create .venv with the pinned packages (4 minutes, 2 GB)

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	|| { echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1); name a Python 3.11 to 3.13, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: setup ## The whole pipeline on an embedded sample, offline, in build/demo (3 minutes)
	mnist-transfer demo

small: setup ## The same on 2,500 images of each of the real datasets, in build/small (4 minutes; 100 MB to download)
	mnist-transfer small

test: setup ## The fast tests (a minute)
	$(TEST) -m "not slow"

test-all: setup ## All tests, with a small study from end to end
	$(TEST)

faults: setup ## Faults around a run, done on purpose to a small study: all that the slow tests do a part of (an hour)
	FAULTS=$${FAULTS:-1} $(TEST) tests/faults

lint: setup ## Style and types
	ruff check
	ruff format --check
	mypy

audit: $(VENV)/.audit ## Known vulnerabilities of the pinned packages, as PyPI lists them now (1 minute)
	$(VENV)/audit/bin/python -m pip_audit --requirement requirements.txt --require-hashes --disable-pip --strict

# In an environment of its own: it needs other versions of our packages.
$(VENV)/.audit: $(VENV)/.installed
	$(BIN)/python -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	@touch $@

format: setup ## Reformat the code
	ruff check --fix
	ruff format

repro: setup ## The full study: 100 MB to download, then hours; stop it when you like, it continues where it stopped
	mnist-transfer check
	mnist-transfer recover
	mnist-transfer fetch
	dvc repro
	mnist-transfer verify --update
	mnist-transfer show

verify: setup ## Prove that this machine and code compute the bytes of the committed run (1 minute; needs data/)
	mnist-transfer verify

report: $(VENV)/.quarto ## Render report/_site/ from results/ (1 minute; with Quarto if it can be had, else a preview)
	mnist-transfer report

# Tried once: without a way to its download pip takes a minute to say so.
$(VENV)/.quarto: $(VENV)/.installed
	@command -v quarto >/dev/null || { \
	echo 'Quarto is not on PATH: installing $(QUARTO) into $(VENV) (150 MB)'; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --retries 0 $(QUARTO) >/dev/null 2>&1 \
	|| echo 'It cannot be downloaded here: a preview takes its place. To try again: rm $@'; }
	@touch $@

readme: setup ## Bring the README's table, and what the docs' commands print, up to date (2 minutes)
	mnist-transfer show --update README.md
	python -m tests.walks

expected: setup ## Take the accuracies of results/ as what the tests expect
	python tests/expected.py

clean: ## Remove what can be made again in minutes; .venv/, data/, downloads/ and DVC's cache stay
	rm -rf build/demo report/_site report/.quarto .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name '.*.tmp' -not -path './.venv/*' -not -path './.dvc/*' -delete
