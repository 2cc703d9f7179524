# Last step of every build: removes what never runs, and compiles the rest.
#
# Without bytecode a cold start takes about twice as long. Only an interpreter of the runtime's minor
# version can write it. It is unchecked, because file times in a zip differ from those of the sources,
# and a deployed zip never changes.
ROOT := $(dir $(realpath $(lastword $(MAKEFILE_LIST))))..
RUNTIME := $(shell sed -n 's/^ *Runtime: python//p' "$(ROOT)/template.yaml")
UV := $(firstword $(wildcard $(ROOT)/.venv/bin/uv) $(shell command -v uv))
RUNTIME_PYTHON ?= $(shell for python in \
	"$$(command -v python$(RUNTIME))" \
	"$$(test -n "$(UV)" && $(UV) python find --quiet --no-python-downloads $(RUNTIME) 2>/dev/null)" \
	"$$HOME"/.pyenv/versions/$(RUNTIME).*/bin/python$(RUNTIME); \
	do test "$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = $(RUNTIME) \
	&& echo "$$python" && break; done)

# $(call finish,FOLDER)
define finish
find "$(1)" -type d \( -name __pycache__ -o -name tests \) -prune -exec rm -rf {} + && \
if [ -n "$(RUNTIME_PYTHON)" ]; then \
	"$(RUNTIME_PYTHON)" -m compileall -q -s "$(1)" --invalidation-mode unchecked-hash "$(1)"; \
else \
	echo "WARNING: no Python $(RUNTIME) to compile with, so cold starts take about twice as long." \
		"Install one (uv python install $(RUNTIME)) or name it (RUNTIME_PYTHON=…)."; \
fi
endef

.PHONY: runtime
runtime: ## print the minor version of Python on which the functions run
	@echo $(RUNTIME)

.PHONY: runtime-python
runtime-python: ## print the interpreter that compiles the bytecode
	@echo $(RUNTIME_PYTHON)
