"""Contents of the zips: complete, for the right processor, and nothing unnecessary."""

from __future__ import annotations

import re

import pytest

from local.manifest import ROOT, without_layer
from tests.build.artefacts import (
    FUNCTIONS,
    LAYERS,
    TAG,
    Artefacts,
    architecture,
    difference,
    files,
    size,
)

# e_machine, see man 5 elf.
MACHINES = {"arm64": 183, "x86_64": 62}
# Amazon Linux 2023, on which the runtime runs: docs.aws.amazon.com/linux/al2023
GLIBC = (2, 34)
# Megabytes, for the larger of the two processors. The codecs hold x265: docs/decisions.md, 48.
LIMITS = {"CommonLayer": 13, "ImagingLayer": 32, "CodecsLayer": 89, "SigningLayer": 16}


def test_the_build_is_of_these_sources(built: Artefacts) -> None:
    """A stale build would make the tests below meaningless."""
    stale = {
        (package := function.package): difference(
            ROOT / "functions" / package, built.folder(name) / package
        )
        for name, function in FUNCTIONS.items()
    }
    for layer, package in (("common", "image_pipeline"), ("imaging", "pictures")):
        shared = built.folder(f"{layer.capitalize()}Layer") / package
        stale[package] = difference(ROOT / "layers" / layer / package, shared)
    assert {name: files for name, files in stale.items() if files} == {}, "run `make build`"


@pytest.mark.parametrize("layer", ["ImagingLayer", "CodecsLayer", "SigningLayer"])
def test_compiled_code_is_for_the_processor_and_the_runtime(built: Artefacts, layer: str) -> None:
    libraries = files(built.folder(layer), "*.so*")
    assert libraries
    for library in libraries:
        header = library.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        machine = int.from_bytes(header[18:20], "little")
        assert machine == MACHINES[architecture()], library.name
    extensions = [library.name for library in libraries if ".cpython-" in library.name]
    assert extensions
    assert all(f".{TAG}-" in name for name in extensions)


@pytest.mark.parametrize("layer", LAYERS)
def test_compiled_code_needs_no_newer_glibc_than_the_runtime_has(
    built: Artefacts, layer: str
) -> None:
    wanted = {
        (int(major), int(minor))
        for library in files(built.folder(layer), "*.so*")
        for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", library.read_bytes())
    }
    assert wanted
    assert max(wanted) <= GLIBC


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_its_package_and_nothing_else(built: Artefacts, function: str) -> None:
    folder = built.folder(function)
    routes = {"api"} if function == "ApiWriteFunction" else set()
    assert {path.name for path in folder.iterdir()} == {FUNCTIONS[function].package, *routes}
    page = {".css", ".html", ".js", ".svg"} if function == "ConsoleFunction" else set()
    assert {path.suffix for path in files(folder)} <= {".py", ".pyc", *page}


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_stay_small(built: Artefacts, layer: str) -> None:
    assert size(built.folder(layer)) <= LIMITS[layer]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_with_its_layers_fits_lambda(built: Artefacts, function: str) -> None:
    assert sum(size(folder) for folder in built.import_path(function)) < 250
    assert size(built.folder(function)) < 1


@pytest.mark.parametrize("name", [*FUNCTIONS, *LAYERS])
def test_files_that_never_run_are_not_shipped(built: Artefacts, name: str) -> None:
    folder = built.root / name
    folders = {path.name for path in folder.rglob("*") if path.is_dir()}
    assert not folders & {"tests", "test", "bin", ".git"}
    suffixes = {path.suffix for path in files(folder)}
    assert not suffixes & {".pyi", ".c", ".h", ".a", ".pyx", ".pxd"}
    assert not [path for path in files(folder) if path.name in {"RECORD", "Makefile"}]


@pytest.mark.parametrize(
    "function", [function.logical_id for function in without_layer("ImagingLayer")]
)
def test_functions_that_decode_nothing_have_no_pillow(built: Artefacts, function: str) -> None:
    for folder in built.import_path(function):
        assert not list(folder.glob("PIL*"))
        assert not list(folder.glob("pillow*"))


def test_the_common_layer_has_no_second_aws_library(built: Artefacts) -> None:
    folder = built.folder("CommonLayer")
    assert not list(folder.glob("boto3*"))
    assert not list(folder.glob("pydantic*"))


@pytest.mark.parametrize("layer", LAYERS)
def test_licenses_are_shipped_with_the_code(built: Artefacts, layer: str) -> None:
    for package in built.folder(layer).glob("*.dist-info"):
        assert [path for path in files(package) if "LICENSE" in path.name.upper()], package.name


@pytest.mark.parametrize("name", [*FUNCTIONS, *LAYERS])
def test_bytecode_is_for_the_runtime_and_never_revalidated(built: Artefacts, name: str) -> None:
    """A build without a Python of the runtime's version warns and ships no bytecode."""
    folder = built.root / name
    compiled = files(folder, "*.pyc")
    for path in compiled:
        assert path.name.endswith(f".{TAG}.pyc")
        # Hash-based and unchecked: peps.python.org/pep-0552.
        assert int.from_bytes(path.read_bytes()[4:8], "little") == 0b01
    if compiled:
        assert len(compiled) == len(files(folder, "*.py"))
