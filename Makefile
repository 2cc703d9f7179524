# Only Python 3.11 or newer and make are needed: everything else is installed below.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
SAM := .venv-sam/bin/sam
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------ environments
.venv/.stamp: locks/dev.txt
	@echo "installing what this needs into .venv …" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r locks/dev.txt
	@# The source roots, as in Lambda they are /var/task and /opt/python.
	@printf '%s\n' "$(CURDIR)/functions" "$(CURDIR)/layers/common" "$(CURDIR)/layers/imaging" \
		>"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/source_roots.pth"
	@touch $@

# The SAM command line pins libraries that the project has in other versions.
.venv-sam/.stamp: locks/sam.txt .venv/.stamp
	@echo "installing the SAM command line into .venv-sam …" >&2
	@test -x .venv-sam/bin/python || $(PYTHON) -m venv .venv-sam
	@$(BIN)/uv pip install --quiet --python .venv-sam/bin/python --require-hashes -r locks/sam.txt
	@touch $@

# --------------------------------------------------------------------------------------------- run
.PHONY: run
run: .venv/.stamp ## put a picture through the pipeline, offline; yours with IMAGE="a.jpg 'my b.heic'"
	@$(BIN)/python -m local run $(or $(IMAGE),--sample)

.PHONY: serve
serve: .venv/.stamp ## keep the offline pipeline up, for the aws and curl command lines
	@$(BIN)/python -m local serve

STACK ?= image-pipeline

.PHONY: redrive
redrive: .venv/.stamp ## start again what is in the dead-letter queue of STACK, with your credentials
	@$(BIN)/python -m local redrive --stack $(STACK)

# ------------------------------------------------------------------------------------------- build
# Empty: as samconfig.toml and template.yaml say.
ARCHITECTURE ?=
SOURCES := template.yaml samconfig.toml $(sort $(shell \
	find functions layers statemachine -type f -not -path '*/__pycache__/*'))
# Its name changes with the list, so that a source which is gone is noticed too.
BUILT := .aws-sam/.built-$(or $(ARCHITECTURE),configured)-$(shell echo $(SOURCES) | cksum | cut -d' ' -f1)

BILLS := $(patsubst %,.aws-sam/sbom/%.cdx.json,common imaging codecs)

.PHONY: build
build: $(BUILT) $(BILLS) ## sam build, for the template's processor or ARCHITECTURE=x86_64; bills of materials in .aws-sam/sbom
	@:

# The stamp is as old as the start of the build: what changes meanwhile is built next time.
$(BUILT): $(SOURCES) .venv-sam/.stamp
	@mkdir -p .aws-sam && rm -f .aws-sam/.built-* && touch .aws-sam/.building
	@$(SAM) build $(ARCHITECTURE:%=--parameter-overrides Architecture=%) >.aws-sam/build.log 2>&1 \
		|| { cat .aws-sam/build.log; exit 1; }
	@grep -h WARNING .aws-sam/build.log | sort -u
	@mv .aws-sam/.building $@

.aws-sam/sbom/%.cdx.json: layers/%/requirements.txt .venv/.stamp
	@mkdir -p $(@D) && $(BIN)/cyclonedx-py requirements $< --output-reproducible -o $@

# -------------------------------------------------------------------------------------------- test
.PHONY: test
test: $(BUILT) $(BILLS) ## build, then run every test
	@$(BIN)/pytest -n 2 -q $(PYTEST)

MINUTES ?= 1

.PHONY: fuzz
fuzz: .venv/.stamp ## throw damaged pictures at everything that reads them, for MINUTES=10
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

.PHONY: faults
faults: .venv/.stamp ## let every call to AWS go wrong in every way; writes docs/faults.md
	@$(BIN)/python -m tests.faults.matrix
	@$(BIN)/pytest -q -m faults tests/faults

BURST ?= 2000

.PHONY: burst
burst: .venv/.stamp ## upload BURST=2000 pictures at once, to services that throttle; takes minutes
	@$(BIN)/python -m tests.faults.burst --pictures $(BURST)

# What Lambda would run, in Lambda's own runtime interface: needs an x86-64 machine and Python 3.13.
.PHONY: emulate
emulate: .venv-sam/.stamp ## run the built functions under the runtime interface emulator
	@mkdir -p .build && $(SAM) build --build-dir .aws-sam/x86_64 \
		--parameter-overrides Architecture=x86_64 >.build/emulate.log 2>&1 \
		|| { cat .build/emulate.log; exit 1; }
	@$(BIN)/uv pip install --quiet --target .build/awslambdaric -c locks/dev.txt \
		--python-platform x86_64-manylinux_2_28 --python-version 3.13 --only-binary :all: awslambdaric
	@$(BIN)/pytest -q -m emulator tests/build

.PHONY: check
check: .venv-sam/.stamp ## formatting, types, every linter of the template and the workflow, known vulnerabilities
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "not formatted: run $(BIN)/ruff format"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(SAM) validate --lint >/dev/null
	@mkdir -p .build && $(BIN)/python -m tests.template.documents >.build/template.json
	@$(BIN)/cfn-lint .build/template.json
	@$(BIN)/statelint statemachine/image_pipeline.asl.json
	@$(BIN)/pre-commit validate-config
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/python -m tests.build.audit locks/dev.txt

# ------------------------------------------------------------------------------------------ deploy
# Build and deployment have to agree on the processor, so it comes from samconfig.toml alone.
CONFIG_ENV ?= default

.PHONY: deploy
deploy: .venv-sam/.stamp ## sam build and sam deploy to your account; CONFIG_ENV=production protects data
	@$(SAM) build --config-env $(CONFIG_ENV)
	@$(SAM) deploy --config-env $(CONFIG_ENV)

# --------------------------------------------------------------------------------------- housekeep
.PHONY: lock
lock: .venv/.stamp ## pin every dependency again, with hashes
	@$(BIN)/uv pip compile $(LOCK) --python-version 3.11 --group dev -o locks/dev.txt pyproject.toml
	@$(BIN)/uv pip compile $(LOCK) --python-version 3.11 --group sam -o locks/sam.txt pyproject.toml
	@for layer in common imaging codecs; do \
		$(BIN)/uv pip compile $(LOCK) --python-version 3.13 --no-deps -c locks/dev.txt \
			--group $$layer -o layers/$$layer/requirements.txt pyproject.toml || exit 1; done

LOCK := --quiet --universal --generate-hashes --no-header --no-annotate

.PHONY: clean
clean: ## remove everything that was built or installed here
	@rm -rf .venv .venv-sam .aws-sam .build out .hypothesis .*_cache .coverage
	@find . -name __pycache__ -prune -exec rm -rf {} +
