# Every target sets up what it needs by itself: a virtual environment in .venv and plain pip.
# PYTHON chooses the interpreter that .venv is made with; PYTEST_FLAGS goes to pytest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST_FLAGS ?=

export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help test demo lint types format setup clean

help:  ## this list
	@echo "lcfm: make TARGET (each target installs what it needs into $(VENV) first)"
	@sed -n 's/^\([a-z]*\):.*##[ ]*/  \1|/p' $(MAKEFILE_LIST) \
		| while IFS='|' read -r name what; do printf '%-10s %s\n' "$$name" "$$what"; done

setup: $(INSTALLED)  ## make .venv and install lcfm with its test tools

test: $(INSTALLED)  ## lint, types and tests
	@start=$$(date +%s); \
	$(MAKE) --no-print-directory lint || exit 1; linted=$$(date +%s); \
	$(MAKE) --no-print-directory types || exit 1; typed=$$(date +%s); \
	echo "==> pytest: run the tests"; \
	$(BIN)/python -m pytest --durations=10 --durations-min=1 $(PYTEST_FLAGS) || exit 1; \
	tested=$$(date +%s); \
	echo "==> passed: lint $$((linted - start)) s, types $$((typed - linted)) s, tests $$((tested - typed)) s"

demo: $(INSTALLED)  ## the whole way in a few minutes: simulate, pretrain, fine-tune, report/
	@echo "==> demo: lcfm demo --out report/ (a few minutes; the outcome is report/index.html)"
	@$(BIN)/lcfm demo --out report/ --overwrite

lint: $(INSTALLED)  ## ruff: style and format
	@echo "==> ruff: check style and format"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(INSTALLED)  ## mypy --strict on src
	@echo "==> mypy: check the types of src"
	@$(BIN)/mypy

format: $(INSTALLED)  ## let ruff format and repair what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## remove .venv and caches
	@echo "==> remove $(VENV) and caches"
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build

# The stamp is written last, so an interrupted installation starts again.
$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "lcfm needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
		     "Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "==> python -m venv: make $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "==> pip install: lcfm and its test tools into $(VENV) (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@
