# What every artefact goes through before it is zipped: only what runs, and compiled.
#
# Without bytecode a cold start takes about twice as long, and only the runtime's own minor version
# can write it; SAM's own builders ship none. Unchecked, because the times in a zip are not those
# of the sources, and nothing changes in a deployed artefact.
RUNTIME := 3.13
ROOT := $(dir $(realpath $(lastword $(MAKEFILE_LIST))))..
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

.PHONY: runtime-python
runtime-python: ## print the interpreter that compiles
	@echo $(RUNTIME_PYTHON)
