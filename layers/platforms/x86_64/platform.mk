# What pip and uv call the processor that Lambda calls x86_64. The runtime has glibc 2.34.
PIP_PLATFORMS := --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64
UV_PLATFORM := x86_64-manylinux_2_28
