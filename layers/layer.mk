# How a layer is built, without Docker and without the runtime's own Python or processor.
#
# `sam build` runs this in layers/platforms/<Architecture>, which the template chooses: SAM tells a
# recipe of the architecture in no other way.
include platform.mk
LAYER := $(dir $(realpath $(firstword $(MAKEFILE_LIST))))
include $(LAYER)../artefact.mk

PYTHON ?= python3
TARGET := $(ARTIFACTS_DIR)/python
# The lists are flat, and --no-deps keeps them so: aws-xray-sdk alone would bring all of botocore
# into every layer that names it.
PACKAGES := --target "$(TARGET)" --no-deps --require-hashes -r "$(LAYER)requirements.txt"
# What installers leave behind, and what only compilers, editors and type checkers read.
UNUSED := RECORD INSTALLER REQUESTED *.pyi *.pyx *.pxd *.c *.cpp *.h *.a

# $(call install,FURTHER UNUSED FILES): names, or paths with a slash
# Copied, not linked: what is pruned here uv has in its cache, and in every other environment.
define install
rm -rf "$(TARGET)" && mkdir -p "$(TARGET)" && \
if [ -n "$(UV)" ]; then \
	$(UV) pip install --quiet $(PACKAGES) --only-binary :all: --link-mode copy \
		--python-platform $(UV_PLATFORM) --python-version $(RUNTIME); \
else \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile $(PACKAGES) \
		--only-binary=:all: $(PIP_PLATFORMS) --implementation cp --python-version $(RUNTIME); \
fi && \
rm -rf "$(TARGET)/bin" "$(TARGET)/.lock" && \
find "$(TARGET)" -type f \( $(UNUSED:%=-name '%' -o) $(1:%=-path '$(TARGET)/%' -o) -false \) -delete && \
find "$(TARGET)" -type d -empty -delete
endef
