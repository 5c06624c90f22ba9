# `make help` explains itself. Nothing has to be set up before: run and test do it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test lint format lock bench bundle checkov clean

PYTHONS := python3 python3.13 python3.12 python3.11 python3.14
PYTHON ?= $(shell for each in $(PYTHONS); do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$each && break; done)
VENV := .venv/bin
TYPED := shared functions run dev scripts main.py tests benchmarks
FORMATTED := $(wildcard $(TYPED))

help: ## show what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

define set_up
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or later is missing: install it" \
		"(apt-get install python3 python3-venv, brew install python)" >&2; exit 1; }
	@$(PYTHON) scripts/setup.py
endef

setup: ## install what is needed; a second time it costs nothing
	$(set_up)

run: setup ## start everything on http://localhost:8000 (PORT changes it); Ctrl-C stops it
	@exec $(VENV)/python main.py --with-parent

# Three at a time on two cores: the tests end to end mostly wait for speech in real time. Bytecode is
# kept even where the environment says otherwise: the stacks start some eighty Python processes, and
# compiling their libraries anew each time took up to a fifth of the processor time.
test: export PYTHONDONTWRITEBYTECODE =
test: setup ## run all tests: end to end, integration, contract, unit
	@$(PYTHON) scripts/setup.py --browser
	@$(VENV)/python -m pytest -n 3 --dist loadfile \
		$(wildcard tests/e2e tests/integration tests/contract tests/unit tests/test_*.py)

lint: setup ## check style, types, and that the locks are in step
	@$(VENV)/ruff check $(FORMATTED)
	@$(VENV)/ruff format --check $(FORMATTED)
	@$(VENV)/mypy $(FORMATTED)
	@$(VENV)/python scripts/locks.py check

format: setup ## write the code in the style of the house
	@$(VENV)/ruff check --fix-only --quiet $(FORMATTED)
	@$(VENV)/ruff format $(FORMATTED)

lock: setup ## make the lock files again after a change of an .in file (UPGRADE=1: newest versions)
	@$(VENV)/python scripts/locks.py compile $(if $(UPGRADE),--upgrade)

bench: setup ## run the benchmarks; prints ratios against baselines of the same run
	@$(VENV)/uv pip install --quiet --python $(VENV)/python --require-hashes -r requirements/bench.txt
	@$(VENV)/python -m benchmarks

bundle: setup ## build what is deployed into build/: the same sources give the same bytes
	@$(VENV)/python scripts/bundle.py

# In an environment of its own: it brings another `hcl2` than the one that our tests read with.
checkov: setup ## look in terraform/ for what is known to be unsafe; half a minute
	@test -x .local/checkov/bin/checkov || $(VENV)/uv venv --quiet .local/checkov
	@$(VENV)/uv pip install --quiet --python .local/checkov/bin/python --require-hashes \
		-r requirements/checkov.txt
	@.local/checkov/bin/checkov --config-file terraform/.checkov.yaml

clean: ## remove what was installed and what runs leave behind
	rm -rf .venv node_modules .local build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
