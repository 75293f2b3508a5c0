# The one door to everything. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv)
# The first Python that is new enough; empty where there is none.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
# An environment belongs to its requirements and to its folder: if either changes, it is brought up to date.
STAMP := $(shell { cat pyproject.toml requirements*.txt; pwd; } | cksum | tr ' ' -)
RUNTIME := $(VENV)/.runtime-$(STAMP)
TOOLS := $(VENV)/.tools-$(STAMP)
# A moved or copied environment is made anew: its scripts still name the interpreter of the other folder.
BELONGS_HERE = { $(BIN)/python -c '' && grep -qF "$(CURDIR)/$(VENV)" $(BIN)/activate; } 2>/dev/null

ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif
# The lock is whole: nothing is left to resolve. A resolver would prefer a release that came out after it was written.
LOCKED = --no-deps --require-hashes
EVERYTHING = not document and not image and not storm and not proof
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: help install run demo cluster storm proofs test faults test-postgres image-check attacks bench check fmt schemas validate vendor lock clean prerequisites

help: ## List what this file can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(TOOLS) ## Create .venv with the service, its tests and its tools

run: $(RUNTIME) ## Serve the sample manifests on SQLite at http://localhost:5001 (or TASKS_PORT)
	@exec $(BIN)/tasks serve

demo: $(RUNTIME) ## Import 1,200 members from a stand-in Slack and show them
	@exec $(BIN)/python -m deploy.demo $(ARGS)

cluster: $(TOOLS) ## PostgreSQL, Redis, two replicas and two workers as processes on this machine
	@exec $(BIN)/python -m deploy.cluster $(ARGS)

storm: $(TOOLS) ## Kill, stop and restart everything under load for minutes, and judge what came of it
	@$(BIN)/python -m pytest -m storm tests/storms -s $(ARGS)

proofs: $(TOOLS) ## Compare clocks and 10,000 cron strings with an oracle, drive the seam for thousands of steps, print figures
	@$(BIN)/python -m pytest -m proof tests/properties -s $(ARGS)

test-postgres: $(TOOLS) ## Run the suite with everything on PostgreSQL that does not ask for SQLite
	@TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 --dist loadfile -m "$(EVERYTHING)" $(ARGS)

test: $(TOOLS) ## Run the test suite, two files at a time (ARGS=… goes to pytest)
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

faults: $(TOOLS) ## Kill, stop and cut off replicas, workers, databases and brokers, each by a test of its own
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m fault $(ARGS)

image-check: $(TOOLS) ## Carry out the Dockerfile and boot the units, in namespaces (needs root, two minutes)
	@REQUIRE_IMAGE=1 $(BIN)/python -m pytest -m image tests/image $(ARGS)

attacks: $(TOOLS) ## Carry the attacks on the sandbox out, as root and as another user, and write the table of docs/sandbox.md
	@$(BIN)/python -m docs.attacks

bench: $(TOOLS) ## Measure beside well-known peers; ratios to tests/benchmarks/results.json
	@PYTHONPATH=tests $(BIN)/python -m tests.benchmarks $(ARGS)

check: $(TOOLS) ## Format, lint, types, rooms, schemas, manifests and documents
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/tasks schema --check --manifests manifests
	@$(BIN)/tasks validate
	@$(BIN)/python -m pytest -q -n 2 -m "document and not fault" tests/docs

fmt: $(TOOLS) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

schemas: $(RUNTIME) ## Write schemas/ and the generated pages of docs/ from the code
	@$(BIN)/tasks schema
	@$(BIN)/python -m docs.tables

validate: $(RUNTIME) ## Check the manifests, in CI too (ARGS=… such as -o github)
	@$(BIN)/tasks validate $(ARGS)

vendor: ## Fetch the pages' pinned assets anew (needs npm)
	@command -v npm >/dev/null || { echo "npm is missing: only 'make vendor' needs it (apt-get install npm)." >&2; exit 1; }
	@cd web && npm ci --ignore-scripts && "$(PYTHON)" vendor.py

lock: ## Compile the requirements with hashes anew (needs uv)
	@command -v uv >/dev/null || { echo "uv is missing: only 'make lock' needs it." >&2; exit 1; }
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --extra test --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	@$(LOCK) requirements-build.in --output-file requirements-build.txt

clean: ## Remove the environment and all caches; data and databases stay
	@rm -rf $(VENV) build dist htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

prerequisites:
	@[[ $$(uname -s) == Linux ]] || { echo "This needs Linux (runs are forked and watched through /proc): use the Dockerfile elsewhere." >&2; exit 1; }
	@[[ -n "$(PYTHON)" ]] || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@[[ -n "$(UV)" ]] || "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }

$(RUNTIME): | prerequisites
	@echo "Creating $(VENV) …"
	@rm -f $(VENV)/.runtime-* $(VENV)/.tools-*
	@$(BELONGS_HERE) || rm -rf $(VENV)
ifdef UV
	@uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV)
else
	@"$(PYTHON)" -m venv $(VENV)
endif
	@$(INSTALL) $(LOCKED) -r requirements.txt -r requirements-build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): $(RUNTIME)
	@echo "Adding the tests' and the developers' tools …"
	@$(INSTALL) $(LOCKED) -r requirements-dev.txt
	@touch $@
