# The handful of commands; `make help` lists them. Times are for two cores.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
# Relative in what the shell reads, so that the folder's own path may have spaces; absolute only in the environment.
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
QUARTO := quarto-cli==1.9.38
AUDIT := $(VENV)/audit/bin/python
# A process a core, but not dozens: each takes a gigabyte. Those of one file share what it lays out.
TEST := python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
export PATH := $(CURDIR)/$(BIN):$(PATH)
export QUARTO_PYTHON := $(CURDIR)/$(BIN)/python
export TF_CPP_MIN_LOG_LEVEL ?= 1
# In a locale without UTF-8, such as C, Python cannot read its own settings in a folder with an umlaut.
export PYTHONUTF8 := 1

.PHONY: help setup demo test test-all faults lint audit format repro report readme expected clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Create .venv with the pinned packages (4 minutes, 2 GB)

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	|| { echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1); name a Python 3.11 to 3.13, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(INSTALLED) ## The whole pipeline on an embedded sample, offline, in build/demo (12 minutes; CLEAN=1 starts over)
	$(if $(CLEAN),rm -rf build/demo)
	mnist-transfer demo build/demo
	cd build/demo && { test -d .dvc || dvc init --quiet --no-scm; } && dvc config core.analytics false && dvc repro
	cd build/demo && mnist-transfer table
	@echo 'The report: build/demo/report/_site/demo.html'

test: $(INSTALLED) ## The fast tests (3 minutes)
	$(TEST) -m "not slow"

test-all: $(INSTALLED) ## All tests, with a small study from end to end (20 minutes)
	$(TEST)

faults: $(INSTALLED) ## What can go wrong around a run, done on purpose to a small study; rewrites docs/reliability.md (an hour)
	python -m tests.faults

lint: $(INSTALLED) ## Style and types
	ruff check
	ruff format --check
	mypy

audit: $(VENV)/.audit ## Known vulnerabilities of the pinned packages, as PyPI lists them now (1 minute)
	$(AUDIT) -m pip_audit --requirement requirements.txt --require-hashes --disable-pip --strict

# In an environment of its own: it needs other packages, and other versions of ours.
$(VENV)/.audit: $(INSTALLED)
	$(BIN)/python -m venv $(VENV)/audit
	$(AUDIT) -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	@touch $@

format: $(INSTALLED) ## Reformat the code
	ruff check --fix
	ruff format

repro: $(INSTALLED) ## The full study: 42 MB of data and 59 MB of weights to download, then about 270 minutes
	mnist-transfer check
	mnist-transfer recover
	mnist-transfer fetch
	dvc repro
	mnist-transfer table
	@echo 'The report: report/_site/index.html. What it reads, and git tracks: results/. After a change: dvc repro, dvc metrics diff'

report: $(INSTALLED) $(VENV)/.quarto ## Render report/_site/ from results/ (1 minute; with Quarto if it can be had, else a preview)
	mnist-transfer report

# Tried once: without a way to its download pip takes a minute to say so.
$(VENV)/.quarto: $(INSTALLED)
	@command -v quarto >/dev/null || { \
	echo 'Quarto is not on PATH: installing $(QUARTO) into $(VENV) (150 MB)'; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --retries 0 $(QUARTO) >/dev/null 2>&1 \
	|| echo 'It cannot be downloaded here: a preview takes its place. To try again: rm $@'; }
	@touch $@

readme: $(INSTALLED) ## Bring the README's table and picture up to date with results/
	mnist-transfer table --update README.md
	mnist-transfer picture docs/sample.png

expected: $(INSTALLED) ## Take the accuracies of results/ as what tests/results/test_science.py expects
	python tests/expected.py

clean: ## Remove what can be made again in minutes; .venv/, data/, downloads/ and DVC's cache stay
	rm -rf build/demo build/screenshots report/_site report/.quarto .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@echo 'Kept: .venv/ data/ downloads/ .dvc/cache/ and unfinished extractions in build/partial/; remove them by hand if you mean to'
