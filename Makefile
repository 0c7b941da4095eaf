# One command each. On a machine with Python 3.11 or newer and make, `make demo` and `make test` do all the set-up.
PYTHON ?= python3
FUZZ ?= 1000000

VENV := .venv
BIN := $(VENV)/bin

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo test check format deps bench docs matrix fuzz lock venv venv-dev clean

help: ## this list
	@echo "netloom: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

demo: venv ## start every server on loopback, talk to each, probe each, break three
	@$(BIN)/netloom demo

# With CI=1 the counterparts are installed first, which takes root.
ifeq ($(CI)$(shell id -u),10)
COUNTERPARTS := deps
endif
test: $(COUNTERPARTS) check ## check, then all tests (CI=1: nothing may be skipped)
	NETLOOM_MATRIX=$(if $(CI),check) $(BIN)/python -m pytest -n 2 --dist worksteal

check: venv-dev ## lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/stubs.py --check
	$(BIN)/python scripts/picture.py --check

format: venv-dev ## format, and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

deps: ## the system packages that tests and benchmarks meet (Debian, root); starts no daemon
	@sh scripts/deps

bench: venv-dev ## measure, and write benchmarks/README.md
	@$(BIN)/python -m compileall -q src
	$(BIN)/python -m benchmarks

docs: venv-dev ## run the code in the documentation
	$(BIN)/python -m pytest tests/docs

matrix: venv-dev ## write docs/matrix.md from what the tests show (make deps first)
	NETLOOM_MATRIX=write $(BIN)/python -m pytest -n 2 tests/matrix tests/interop

fuzz: venv-dev ## FUZZ (default 1000000) hostile inputs to each parser
	NETLOOM_FUZZ=$(FUZZ) $(BIN)/python -m pytest -n 2 -m fuzz --timeout 0 tests

lock: venv-dev ## write requirements/ anew; keeps the versions that still fit
	sh scripts/lock

venv: $(VENV)/runtime.stamp ## .venv with netloom and what it needs

venv-dev: $(VENV)/dev.stamp ## .venv with what development needs, too

clean: ## remove what make made
	rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "netloom: Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "netloom: making $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "netloom: no virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/runtime.stamp: $(VENV)/pyvenv.cfg requirements/runtime.txt pyproject.toml scripts/install.py
	@$(BIN)/python scripts/install.py requirements/runtime.txt
	@touch $@

# The development set contains the runtime set.
$(VENV)/dev.stamp: $(VENV)/pyvenv.cfg requirements/dev.txt requirements/runtime.txt pyproject.toml scripts/install.py
	@$(BIN)/python scripts/install.py requirements/dev.txt
	@touch $(VENV)/runtime.stamp $@
