# Two commands on a fresh machine: `make run` and `make test`. Everything stays in this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
INSTALLED_DEV := $(VENV)/installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test lint soak elections bench demo screenshots lock clean

help: ## Show what there is to do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(INSTALLED) ## Start everything with a sample community; Ctrl-C stops it
	@$(BIN)/xiangyin run

demo: $(INSTALLED) ## Play a whole deliberation with simulated telephones
	@$(BIN)/xiangyin demo

test: $(INSTALLED_DEV) ## Run all tests on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 3 --dist worksteal

lint: $(INSTALLED_DEV) ## Style, types, floors, menus, lock file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/xiangyin flow check

soak: $(INSTALLED_DEV) ## Run every test that has a longer form at full length
	@SOAK=1 $(BIN)/python -m pytest $$(grep -rl --include='test_*.py' 'SOAK.*environ\|environ.*SOAK' tests | sort)

elections: $(INSTALLED_DEV) ## Cast real elections again, text by text, and print the table (needs the folder of real data)
	@SOAK=1 $(BIN)/python -m pytest -q $(IN_MEMORY) tests/journeys/test_elections.py tests/journeys/test_divisions.py

# A vote waits for the disk, which is not what the elections are about: a hundred thousand of them wait in memory.
IN_MEMORY := $(if $(wildcard /dev/shm),--basetemp=/dev/shm/xiangyin-elections)

bench: $(INSTALLED_DEV) ## Print speed and memory beside their baselines (ONLY="name …" for some)
	@$(BIN)/python -m tests.benchmarks $(ONLY)

screenshots: $(INSTALLED_DEV) ## Take the README's pictures anew (needs Debian's chromium)
	@$(BIN)/python -m tests.screenshots

lock: $(INSTALLED_DEV) ## Compile the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile $(LOCK_OPTIONS) --extra build --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK_OPTIONS) --extra build --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

LOCK_OPTIONS := --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	--no-header --allow-unsafe --resolver backtracking

clean: ## Remove the virtual environment and what the tests left
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .test-servers

$(VENV)/made:
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(INSTALLED): requirements.txt pyproject.toml $(VENV)/made
	@echo "Installing the locked dependencies into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
