"""The libraries inside the wheels: none is unknown, and none is older than its last known fault."""

from __future__ import annotations

import re
import struct
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pillow_heif
import pytest
import rawpy
from PIL import features

from tests.build.artefacts import LAYERS, Artefacts
from tests.build.libraries import Exempt, Table, bundled, components, faults, main

TABLE = Table.read()
EMPTY = b"\x7fELF\x02\x01" + bytes(58)
PNG, PNG_FILE = b"libpng version %s\0", "pillow.libs/libpng16-1d1ba958.so.16.58.0"
RAW_FILE, JASPER_FILE = "rawpy/libraw_r.so.25", "rawpy.libs/libjasper-5b68ace6.so.7.0.0"


def layer_with(folder: Path, files: dict[str, bytes]) -> Path:
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(EMPTY + text)
    return folder


def linked_to(name: bytes) -> bytes:
    """A library of one segment of each kind, which needs another one."""
    strings = b"\0" + name + b"\0"
    start = 64 + 2 * 56
    entries = struct.pack("<qQqQ", 1, 1, 5, start + 32)
    loaded = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, start + 32 + len(strings), 0, 4096)
    dynamic = struct.pack("<IIQQQQQQ", 2, 4, start, start, start, 32, 0, 8)
    header = b"\x7fELF\x02\x01".ljust(32, b"\0") + struct.pack("<Q", 64)
    header = header.ljust(54, b"\0") + struct.pack("<HH", 56, 2)
    return header.ljust(64, b"\0") + loaded + dynamic + entries + strings


@pytest.mark.parametrize("layer", LAYERS)
def test_the_libraries_of_a_layer_are_known_and_new_enough(built: Artefacts, layer: str) -> None:
    assert faults(built.folder(layer), TABLE) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other wheels bundle other libraries")
def test_versions_are_those_that_the_libraries_report() -> None:
    found = {
        each.library.name: each.version
        for each in bundled(Path(sysconfig.get_path("platlib")), TABLE)
        if each.file.startswith(("pillow.libs/", "pillow_heif.libs/", "rawpy/"))
    }
    reported = {
        "libjpeg-turbo": features.version("libjpeg_turbo"),
        "libwebp": features.version("webp"),
        "lcms2": features.version("littlecms2"),
        "openjpeg": features.version("jpg_2000"),
        "libtiff": features.version("libtiff"),
        "libavif": features.version("avif"),
        "libheif": pillow_heif.libheif_version(),
        "libraw": ".".join(map(str, rawpy.libraw_version)),
    }
    assert {name: found[name] for name in reported} == reported
    assert f"version {found['libde265']}" in pillow_heif.libheif_info()["decoders"]["libde265"]
    assert f"({found['x265']}+" in pillow_heif.libheif_info()["encoders"]["x265"]


def test_an_older_library_is_reported_with_its_advisory(tmp_path: Path) -> None:
    assert faults(layer_with(tmp_path, {PNG_FILE: PNG % b"1.6.57"}), TABLE) == []
    assert faults(layer_with(tmp_path, {PNG_FILE: PNG % b"1.7.0"}), TABLE) == []

    (fault,) = faults(layer_with(tmp_path, {PNG_FILE: PNG % b"1.6.56"}), TABLE)

    assert fault.startswith(f"{PNG_FILE}: libpng 1.6.56 is older than 1.6.57 (CVE-2026-34757")


def test_numbers_of_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    assert faults(layer_with(tmp_path, {PNG_FILE: PNG % b"1.6.100"}), TABLE) == []
    assert faults(layer_with(tmp_path, {PNG_FILE: PNG % b"1.6.9"}), TABLE)


def test_a_library_without_an_entry_is_reported(tmp_path: Path) -> None:
    file = "pillow.libs/libnew-12345678.so.1.2.3"

    (fault,) = faults(layer_with(tmp_path, {file: b""}), TABLE)

    assert fault == f"{file} is not in libraries.toml: add which library it is"


def test_compiled_code_is_recognized_by_its_content(tmp_path: Path) -> None:
    assert faults(layer_with(tmp_path, {"imagecodecs/plugin": b""}), TABLE)
    (tmp_path / "imagecodecs" / "plugin").write_bytes(b"text")
    assert faults(tmp_path, TABLE) == []


def test_a_copy_of_a_library_inside_another_file_is_reported(tmp_path: Path) -> None:
    file = "PIL/_imaging.cpython-313-x86_64-linux-gnu.so"

    found = faults(layer_with(tmp_path, {file: PNG % b"1.6.58"}), TABLE)

    assert found == [f"{file} holds a copy of libpng, which libraries.toml does not say"]


def test_a_version_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    unreadable = layer_with(tmp_path, {PNG_FILE: b"", "pillow.libs/libwebp-51b0b3f7.so.9.9.9": b""})

    assert faults(unreadable, TABLE) == [
        f"{PNG_FILE}: the version of libpng cannot be read",
        "pillow.libs/libwebp-51b0b3f7.so.9.9.9: the version of libwebp cannot be read",
    ]


def test_a_library_that_a_layer_lacks_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "PIL" / "_new.cpython-313-aarch64-linux-gnu.so"
    file.parent.mkdir()

    file.write_bytes(linked_to(b"libm.so.6"))
    assert faults(tmp_path, TABLE) == []

    file.write_bytes(linked_to(b"libgone.so.1"))
    (fault,) = faults(tmp_path, TABLE)
    assert "needs libgone.so.1, which is neither in the layer nor in the runtime" in fault


def test_an_exception_is_for_one_version_and_while_its_reason_holds(tmp_path: Path) -> None:
    files = {JASPER_FILE: b"\x004.2.5\0", RAW_FILE: b"\x000.22.2-Release\0"}
    assert faults(layer_with(tmp_path, files), TABLE) == []
    without = replace(TABLE, exempt=())
    assert [fault.split(" (")[0] for fault in faults(tmp_path, without)] == [
        f"{JASPER_FILE}: jasper 4.2.5 is older than 4.2.8"
    ]

    assert faults(layer_with(tmp_path, {JASPER_FILE: b"\x004.2.4\0"}), TABLE)

    files = {JASPER_FILE: b"\x004.2.5\0", RAW_FILE: b"\x000.22.2-Release\0jas_init\0"}
    assert faults(layer_with(tmp_path, files), TABLE) == [
        f"{RAW_FILE} calls jasper, which is too old for that"
    ]


def test_the_check_fails_for_any_layer_with_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = layer_with(tmp_path / "good", {PNG_FILE: PNG % b"1.6.58"})
    bad = layer_with(tmp_path / "bad", {PNG_FILE: PNG % b"1.6.50"})

    assert main([str(good)]) == 0
    assert capsys.readouterr().out == ""
    assert main([str(good), str(bad)]) == 1
    assert capsys.readouterr().out.startswith(f"{bad}: {PNG_FILE}: libpng 1.6.50 is older")


def test_a_component_names_library_version_and_file(tmp_path: Path) -> None:
    layer = layer_with(tmp_path, {PNG_FILE: PNG % b"1.6.58"})

    (component,) = components(layer, TABLE)

    assert (component["name"], component["version"]) == ("libpng", "1.6.58")
    assert component["purl"] == "pkg:generic/libpng@1.6.58"
    assert component["properties"] == [{"name": "image-pipeline:file", "value": PNG_FILE}]


def test_every_minimum_has_an_advisory_and_every_exception_a_reason() -> None:
    assert len({each.name for each in TABLE.libraries}) == len(TABLE.libraries)
    for each in TABLE.libraries:
        assert (each.minimum is None) == (each.advisory is None), each.name
        assert re.match(r"(CVE|GHSA)-", each.advisory or "CVE-"), each.name
        assert each.minimum is None or each.version != "unstated", each.name
    assert all(isinstance(each, Exempt) and len(each.reason) > 20 for each in TABLE.exempt)
