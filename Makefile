# Only Python 3.11 or newer and make are needed: everything else is installed below this folder.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
SAM := .venv-sam/bin/sam
export SAM_CLI_TELEMETRY := 0
# Without the cache of bytecode, as in many containers, each process compiles all that it imports:
# 6 s instead of 1 s for the offline AWS.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets, disk use and first-run time
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '%s\n' '' "The first run installs tools into this folder, once:" \
		"  .venv          660 MB  about 30 s  for every target" \
		"  .venv-sam      230 MB  about 20 s  build test check deploy" \
		"  .venv-checkov  220 MB  about 20 s  check" \
		"  .venv-ministack 75 MB  about 10 s  emulators" \
		"  .aws-sam       120 MB  about 30 s  build test" \
		"  .build         230 MB  about 20 s  check" \
		"make clean removes them; downloads stay in ~/.cache/uv."

# ------------------------------------------------------------------------------------ environments
# Run before anything is made. Written so that Python 2.7 and 3.0 to 3.10 can read it, too.
define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed; $(PYTHON) is %d.%d. Choose one: make PYTHON=python3.12" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv")
endef
export CHECK_PYTHON

# $(call environment,FOLDER): a virtual environment to install into. One without a stamp is the
# remainder of an installation that broke off, so it is made anew.
define environment
if ! { test -f $(1)/.stamp && $(1)/bin/python -c 'import pip'; } 2>/dev/null; then \
	command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Name a Python 3.11 or newer: make PYTHON=…" >&2; exit 1; }; \
	$(PYTHON) -c "$$CHECK_PYTHON" && \
	echo "installing into $(1), about 30 s the first time …" >&2 && \
	$(PYTHON) -m venv --clear $(1) || exit 1; \
fi; \
rm -f $(1)/.stamp
endef

.venv/.stamp: locks/dev.txt Makefile
	@$(call environment,.venv)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r locks/dev.txt
	@# The source roots, as in Lambda they are /var/task and /opt/python.
	@printf '%s\n' "$(CURDIR)/functions" "$(CURDIR)/layers/common" "$(CURDIR)/layers/imaging" \
		>"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/source_roots.pth"
	@touch $@

# The SAM command line pins libraries that the project has in other versions.
.venv-sam/.stamp: locks/sam.txt | .venv/.stamp
	@$(call environment,.venv-sam)
	@$(BIN)/uv pip install --quiet --python .venv-sam/bin/python --require-hashes -r locks/sam.txt
	@touch $@

.venv-checkov/.stamp: locks/checkov.txt | .venv/.stamp
	@$(call environment,.venv-checkov)
	@$(BIN)/uv pip install --quiet --python .venv-checkov/bin/python --require-hashes -r locks/checkov.txt
	@touch $@

.venv-ministack/.stamp: locks/ministack.txt | .venv/.stamp
	@$(call environment,.venv-ministack)
	@$(BIN)/uv pip install --quiet --python .venv-ministack/bin/python --require-hashes -r locks/ministack.txt
	@touch $@

# --------------------------------------------------------------------------------------------- run
.PHONY: run
run: .venv/.stamp ## process pictures offline: IMAGE="a.jpg 'my b.heic'"
	@$(BIN)/python -m local run $(if $(strip $(value IMAGE)),--words "$$IMAGE_AS_GIVEN",--sample)
# Through the environment, where neither make nor the shell reads the quotes and dollars in it.
run: export IMAGE_AS_GIVEN = $(value IMAGE)

.PHONY: serve
serve: .venv/.stamp ## keep the offline pipeline running, for aws and curl
	@$(BIN)/python -m local serve

STACK ?= image-pipeline

.PHONY: redrive
redrive: .venv/.stamp ## replay the dead-letter queue of STACK in AWS
	@$(BIN)/python -m ops redrive --stack $(STACK)

.PHONY: smoke
smoke: .venv/.stamp ## send five pictures through STACK in AWS, check everything, remove them
	@$(BIN)/python -m ops smoke --stack $(STACK)

# ------------------------------------------------------------------------------------------- build
# Empty: the default of samconfig.toml and template.yaml.
ARCHITECTURE ?=
SOURCES := template.yaml samconfig.toml $(sort $(shell \
	find functions layers statemachine -type f -not -path '*/__pycache__/*'))
# Processor of the layers in .aws-sam/build, also if `sam build` was run by hand.
PROCESSOR = $(shell sed -n 's/.*BuildArchitecture: *//p' .aws-sam/build/template.yaml 2>/dev/null | sort -u)
# The name changes with the list of sources, so a deleted source counts as a change, and with the
# processor, so a `sam build` for another one does.
BUILD = .aws-sam/.built-$(or $(ARCHITECTURE),configured)-$(shell echo $(SOURCES) | cksum | cut -d' ' -f1)
BUILT := $(BUILD)-$(PROCESSOR)

LAYER_common := CommonLayer
LAYER_imaging := ImagingLayer
LAYER_codecs := CodecsLayer
LAYER_signing := SigningLayer
BILLS := $(patsubst %,.aws-sam/sbom/%.cdx.json,common imaging codecs signing)

.PHONY: build
build: $(BUILT) $(BILLS) ## run sam build, optionally with ARCHITECTURE=x86_64
	@:

# The stamp has the time at which the build started: a source that changes meanwhile is newer.
$(BUILT): $(SOURCES) .venv-sam/.stamp | .venv/.stamp
	@mkdir -p .aws-sam && rm -f .aws-sam/.built-* && touch .aws-sam/.building
	@$(SAM) build $(ARCHITECTURE:%=--parameter-overrides Architecture=%) >.aws-sam/build.log 2>&1 \
		|| { cat .aws-sam/build.log; exit 1; }
	@grep -h WARNING .aws-sam/build.log | sort -u
	@mv .aws-sam/.building "$(BUILD)-$$(sed -n 's/.*BuildArchitecture: *//p' .aws-sam/build/template.yaml | sort -u)"

# The packages are those of the list; the libraries inside them are read from the built layer.
.aws-sam/sbom/%.cdx.json: layers/%/requirements.txt layers/libraries.toml $(BUILT) .venv/.stamp
	@mkdir -p $(@D) && $(BIN)/cyclonedx-py requirements $< --output-reproducible -o $@.new
	@$(BIN)/python -m tests.build.libraries --bill $@.new .aws-sam/build/$(LAYER_$*)/python
	@mv $@.new $@

# -------------------------------------------------------------------------------------------- test
.PHONY: test
test: $(BUILT) $(BILLS) ## build, then run every test that has no target of its own
	@$(BIN)/pytest -n 3 --dist worksteal -p no:schemathesis -q --ignore tests/contract $(PYTEST)
	@$(BIN)/python -m tests.browser.chromium

.PHONY: slow
slow: $(BUILT) .venv-sam/.stamp ## answer SAM's questions, smoke-test `serve`, damage pictures, fail every call once, update and roll back a stack
	@$(BIN)/pytest -n 3 --dist loadfile -q -m slow \
		tests/browser tests/build tests/faults tests/fuzz tests/integration tests/mutants tests/releases

.PHONY: browser
browser: .venv/.stamp ## use the console in a real browser; screenshots in .build/browser
	@$(BIN)/pytest -q -m "browser or not browser" tests/browser $(PYTEST)
	@$(BIN)/python -m tests.browser.chromium

.PHONY: recipes
recipes: .venv/.stamp ## apply the recipes of CONTRIBUTING.md to a copy of the project
	@$(BIN)/pytest -n 2 --dist worksteal -q -m recipes tests/recipes

MINUTES ?= 1

.PHONY: fuzz
fuzz: .venv/.stamp ## feed damaged pictures to all readers for MINUTES=10
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

.PHONY: differential
differential: .venv/.stamp ## compare with what other readers show: FOLDER=pictures
	@$(BIN)/python -m tests.differential $${FOLDER:+"$$FOLDER"}
# As in `run`.
differential: export FOLDER := $(value FOLDER)

EXPRESS_EVERY ?= 1

.PHONY: faults
faults: .venv/.stamp ## make every AWS call fail; writes docs/faults.md
	@$(BIN)/python -m tests.faults.matrix --express-every $(EXPRESS_EVERY)
	@$(BIN)/pytest -n 2 --dist worksteal -q -m faults --ignore tests/faults/test_chaos.py \
		tests/faults tests/processes tests/delivery tests/express tests/runbook tests/releases tests/unit/test_api_stopped.py
# In processes of their own: these count cold starts, and hold threads at every call.
	@$(BIN)/pytest -n 2 --dist loadfile -q -m faults tests/alarms tests/faults/test_chaos.py

.PHONY: access
access: .venv/.stamp ## ask every route as everybody about images in every state; writes docs/access.md
	@$(BIN)/python -m tests.access

EXAMPLES ?= 100

.PHONY: contract
contract: .venv/.stamp ## ask the API EXAMPLES=100 requests per route that its OpenAPI document allows and forbids
	@CONTRACT_EXAMPLES=$(EXAMPLES) $(BIN)/pytest -q --show-capture=no tests/contract

SEEDS ?= 100
FIRST ?= 1
MODE ?= in-process
RECORD ?=

.PHONY: chaos
chaos: .venv/.stamp ## random faults, orders, deletions and sweeps from SEEDS=100 seeds
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.faults.chaos --seeds $(SEEDS) --first $(FIRST) --mode $(MODE) $(if $(RECORD),--record)

MUTANTS ?= 200
SEED ?= 1
WORKERS ?= 2
TESTS ?= tests
ONLY ?=

.PHONY: mutants
mutants: .venv/.stamp ## break the code in MUTANTS=200 ways and count what the tests notice; writes docs/mutants.md
	@$(BIN)/python -m tests.mutants --mutants $(MUTANTS) --seed $(SEED) --workers $(WORKERS) --tests $(TESTS) --only "$(ONLY)"

.PHONY: emulators
emulators: .venv/.stamp .venv-ministack/.stamp ## compare the offline AWS and MiniStack with AWS's documentation; writes docs/emulators.md
	@$(BIN)/python -m tests.emulators .venv-ministack/bin/ministack

BURST ?= 2000
ANIMATIONS ?= 0
CONCURRENCY ?= 10
REKOGNITION ?= 5
OVER ?= 0
RESERVED ?=
EXPRESS ?=
EMULATED ?=

.PHONY: burst
burst: .venv/.stamp ## BURST=2000 pictures at once in an account of CONCURRENCY=10 and REKOGNITION=5 a second
	@$(BIN)/python -m tests.faults.burst --pictures $(BURST) --animations $(ANIMATIONS) \
		--concurrency $(CONCURRENCY) --rekognition $(REKOGNITION) --over $(OVER) $(RESERVED:%=--reserved %) \
		$(EXPRESS:%=--express %) $(if $(EMULATED),--emulated)

RUNTIME = $(shell $(MAKE) -s --no-print-directory -C layers -f artefact.mk runtime)

# Runs the built functions as Lambda does; needs an x86-64 machine and a Python of the runtime's
# minor version.
.PHONY: emulate
emulate: .venv/.stamp .venv-sam/.stamp ## run the built functions in Lambda's emulator
	@mkdir -p .build && $(SAM) build --build-dir .aws-sam/x86_64 \
		--parameter-overrides Architecture=x86_64 >.build/emulate.log 2>&1 \
		|| { cat .build/emulate.log; exit 1; }
	@$(BIN)/uv pip install --quiet --target .build/awslambdaric -c locks/dev.txt \
		--python-platform x86_64-manylinux_2_28 --python-version $(RUNTIME) --only-binary :all: awslambdaric
	@$(BIN)/pytest -q -m emulator tests/build

# The layers for both processors, to look at the libraries inside: nothing is executed or compiled.
.build/layers/.stamp: $(wildcard layers/*/requirements.txt layers/*/Makefile layers/*.mk) | .venv/.stamp
	@rm -rf $(@D)
	@for processor in arm64 x86_64; do for layer in Common Imaging Codecs Signing; do \
		$(MAKE) -s -C layers/platforms/$$processor -f ../../$$(echo $$layer | tr A-Z a-z)/Makefile \
			build-$${layer}Layer ARTIFACTS_DIR=$(CURDIR)/$(@D)/$$processor/$$layer \
			RUNTIME_PYTHON= >/dev/null || exit 1; done; done
	@touch $@

# One of each partition, and one that opened after March 2019.
LINTED_REGIONS := us-east-1 ap-southeast-5 cn-north-1 us-gov-west-1

.PHONY: check
check: .venv/.stamp .venv-sam/.stamp .venv-checkov/.stamp .build/layers/.stamp ## formatting, types, linters, known vulnerabilities
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "not formatted: run $(BIN)/ruff format"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@printf '%s\n' $(LINTED_REGIONS) | xargs -P 2 -I REGION $(SAM) validate --lint --region REGION >/dev/null
	@mkdir -p .build && $(BIN)/python -m tests.template.documents >.build/template.json
	@$(BIN)/cfn-lint --include-checks I --regions $(LINTED_REGIONS) -- .build/template.json
	@$(BIN)/python -m tests.template.scan .venv-checkov/bin/checkov .build/template.json
	@$(BIN)/statelint statemachine/image_pipeline.asl.json
	@$(BIN)/pre-commit validate-config
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/python -m tests.build.libraries .build/layers/*/*/python
	@$(BIN)/python -m tests.build.audit locks/dev.txt

# ------------------------------------------------------------------------------------------ deploy
# Build and deployment must agree on the processor, so only samconfig.toml sets it.
CONFIG_ENV ?= default

.PHONY: deploy
deploy: .venv/.stamp .venv-sam/.stamp ## build and deploy; CONFIG_ENV=production keeps data
	@$(SAM) build --config-env $(CONFIG_ENV)
	@$(SAM) deploy --config-env $(CONFIG_ENV)

# --------------------------------------------------------------------------------------- housekeep
.PHONY: docs
docs: .venv/.stamp ## write the generated parts of the documentation
	@$(BIN)/python -m tests.docs.generate

.PHONY: lock
lock: .venv/.stamp ## pin every dependency again, with hashes
	@$(BIN)/uv pip compile $(LOCK) --python-version 3.11 --group dev -o locks/dev.txt pyproject.toml
	@$(BIN)/uv pip compile $(LOCK) --python-version 3.11 --group sam -o locks/sam.txt pyproject.toml
	@for tool in checkov ministack; do $(BIN)/uv pip compile $(LOCK) --python-version 3.11 \
		--group $$tool -o locks/$$tool.txt pyproject.toml || exit 1; done
	@for layer in common imaging codecs signing; do \
		$(BIN)/uv pip compile $(LOCK) --python-version $(RUNTIME) --no-deps -c locks/dev.txt \
			--group $$layer -o layers/$$layer/requirements.txt pyproject.toml || exit 1; done

LOCK := --quiet --universal --generate-hashes --no-header --no-annotate

.PHONY: clean
clean: ## remove everything that was built or installed here
	@rm -rf .venv .venv-sam .venv-checkov .venv-ministack .aws-sam .build out .hypothesis .*_cache .coverage
	@find . -name __pycache__ -prune -exec rm -rf {} +
