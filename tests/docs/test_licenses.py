"""`docs/licenses.md` names everything that the layers carry, and the license of each."""

from __future__ import annotations

import re
import sys
import sysconfig
from importlib.metadata import metadata
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, page, section, table

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
# How distributions without an SPDX expression name their licenses.
SPDX = {
    "Apache License 2.0": "Apache-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
}
# The libraries that the layer is built without, as prefixes of file names.
REMOVED = tuple(re.findall(r"pillow\.libs/(\w+)", page("layers/imaging/Makefile")))
# The libraries of imagecodecs that the layer keeps.
KEPT = set(page("layers/imaging/Makefile").partition("LIBJXL :=")[2].partition("\n")[0].split())


def license_of(distribution: str) -> str:
    fields = metadata(distribution).json
    stated = str(fields.get("license_expression") or fields.get("license"))
    return SPDX.get(stated, stated)


def test_every_distribution_in_a_layer_has_a_row() -> None:
    locked = [
        [requirements.parent.name, name, version, license_of(name)]
        for requirements in ROOT.glob("layers/*/requirements.txt")
        for name, version in PIN.findall(requirements.read_text(encoding="utf-8"))
    ]
    assert sorted(table("docs/licenses.md", "## Distributions")) == sorted(locked)


@pytest.mark.skipif(sys.platform != "linux", reason="other wheels bundle other libraries")
@pytest.mark.parametrize("wheel", ["pillow", "pillow-heif", "rawpy", "numpy"])
def test_every_bundled_library_has_a_row(wheel: str) -> None:
    packages = Path(sysconfig.get_path("platlib"))
    folder = packages / f"{wheel.replace('-', '_')}.libs"
    bundled = {re.split(r"-[0-9a-f]{8}[-.]", file.name)[0].rstrip("-") for file in folder.iterdir()}
    listed = {
        row[1]
        for row in table("docs/licenses.md", "## Libraries inside the wheels")
        if row[0] == wheel
    }
    assert {library for library in bundled if not library.startswith(REMOVED)} <= listed


@pytest.mark.skipif(sys.platform != "linux", reason="other wheels bundle other libraries")
def test_every_library_that_is_kept_of_imagecodecs_has_a_row() -> None:
    folder = Path(sysconfig.get_path("platlib")) / "imagecodecs.libs"
    bundled = {re.split(r"-[0-9a-f]{8}[-.]", file.name)[0] for file in folder.iterdir()}
    rows = table("docs/licenses.md", "## Libraries inside the wheels")
    assert {row[1] for row in rows if row[0] == "imagecodecs"} == KEPT & bundled == KEPT


def test_every_copyleft_library_is_a_file_that_can_be_replaced() -> None:
    rows = table("docs/licenses.md", "## Libraries inside the wheels")
    copyleft = {
        row[1] for row in rows if row[3].startswith(("GPL", "LGPL")) and "WITH" not in row[3]
    }
    assert copyleft == {"libheif", "libde265", "libx265", "libraw_r", "libquadmath"}
    obligations = section("docs/licenses.md", "## Obligations")
    assert "LGPL" in obligations
    assert "x265" in obligations
