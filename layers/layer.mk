# Builds a layer without Docker, for a Python version and processor that need not be this machine's.
#
# `sam build` runs this in layers/platforms/<Architecture>, the WorkingDirectory in the template: SAM
# passes the architecture to a makefile in no other way.
include platform.mk
LAYER := $(dir $(realpath $(firstword $(MAKEFILE_LIST))))
include $(LAYER)../artefact.mk

PYTHON ?= python3
TARGET := $(ARTIFACTS_DIR)/python
# --no-deps: the lists are complete, and aws-xray-sdk alone would add all of botocore to a layer.
PACKAGES := --target "$(TARGET)" --no-deps --require-hashes -r "$(LAYER)requirements.txt"
# Files of installers, and files that only compilers, editors and type checkers read.
UNUSED := RECORD INSTALLER REQUESTED *.pyi *.pyx *.pxd *.c *.cpp *.h *.a

# $(call install,MORE UNUSED FILES): names, or paths with a slash.
# Files are copied, not hard-linked: pruning would change uv's cache and every other environment.
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
