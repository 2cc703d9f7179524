# Names of Lambda's arm64 for pip and uv. The runtime has glibc 2.34.
PIP_PLATFORMS := --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64
UV_PLATFORM := aarch64-manylinux_2_28
