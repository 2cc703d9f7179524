# Only python3 (3.11 or newer) and make are needed: everything else is installed below.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
SAM := .venv-sam/bin/sam
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help

.venv/.stamp: locks/dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r locks/dev.txt
	@touch $@

.venv-sam/.stamp: locks/sam.txt .venv/.stamp
	@test -x .venv-sam/bin/python || $(PYTHON) -m venv .venv-sam
	@$(BIN)/uv pip install --quiet --python .venv-sam/bin/python --require-hashes -r locks/sam.txt
	@touch $@

.PHONY: lock
lock: ## pin every dependency again, with hashes
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev -o locks/dev.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group sam -o locks/sam.txt pyproject.toml
