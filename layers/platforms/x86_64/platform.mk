# Names of Lambda's x86_64 for pip and uv. The runtime has glibc 2.34.
PIP_PLATFORMS := --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64
UV_PLATFORM := x86_64-manylinux_2_28
