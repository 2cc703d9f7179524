# How a layer is built, without Docker and without the runtime's own Python or processor.
# `sam build` runs this in layers/platforms/<Architecture>, which the template chooses: a recipe
# learns of the architecture in no other way.
include platform.mk
LAYER := $(dir $(realpath $(firstword $(MAKEFILE_LIST))))
include $(LAYER)../artefact.mk

PYTHON ?= python3
TARGET := $(ARTIFACTS_DIR)/python
# The lists are flat: --no-deps keeps out what a layer has elsewhere or never imports.
COMMON := --target "$(TARGET)" --no-deps --require-hashes -r "$(LAYER)requirements.txt"

define install
rm -rf "$(TARGET)" && mkdir -p "$(TARGET)" && \
if [ -n "$(UV)" ]; then \
	$(UV) pip install --quiet $(COMMON) --only-binary :all: \
		--python-platform $(UV_PLATFORM) --python-version $(RUNTIME); \
else \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile $(COMMON) \
		--only-binary=:all: $(PIP_PLATFORMS) --implementation cp --python-version $(RUNTIME); \
fi && \
rm -rf "$(TARGET)/bin" "$(TARGET)/.lock" && \
find "$(TARGET)" -path '*.dist-info/*' \( -name RECORD -o -name INSTALLER -o -name REQUESTED \) -delete
endef
