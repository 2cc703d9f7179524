"""The bills of materials list the contents of the layers and are valid CycloneDX."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from local.manifest import ROOT
from tests.build import libraries
from tests.build.artefacts import BUILD, LAYERS, Artefacts


def bill(layer: str) -> str:
    name = layer.removesuffix("Layer").lower()
    return (BUILD.parent / "sbom" / f"{name}.cdx.json").read_text(encoding="utf-8")


def components(layer: str) -> list[dict[str, Any]]:
    return list(json.loads(bill(layer))["components"])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_bill_is_valid(layer: str) -> None:
    version = SchemaVersion.from_version(json.loads(bill(layer))["specVersion"])
    assert JsonStrictValidator(version).validate_str(bill(layer)) is None


@pytest.mark.parametrize("layer", LAYERS)
def test_a_bill_lists_the_packages_of_its_layer(built: Artefacts, layer: str) -> None:
    installed = set()
    for metadata in built.folder(layer).glob("*.dist-info/METADATA"):
        fields = dict(
            re.findall(r"^(Name|Version): (.+)$", metadata.read_text("utf-8"), re.MULTILINE)
        )
        name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()
        installed.add(f"pkg:pypi/{name}@{fields['Version']}")
    packages = {each["purl"] for each in components(layer) if "pkg:pypi/" in each["purl"]}
    assert packages == installed


@pytest.mark.parametrize("layer", LAYERS)
def test_a_bill_lists_the_libraries_inside_the_packages(built: Artefacts, layer: str) -> None:
    listed = [each for each in components(layer) if "pkg:generic/" in each["purl"]]
    assert listed == libraries.components(built.folder(layer), libraries.Table.read())
    expected = {
        "CommonLayer": set(),
        "ImagingLayer": {"libwebp"},
        "CodecsLayer": {"libheif"},
        "SigningLayer": {"openssl"},
    }
    assert expected[layer] <= {each["name"] for each in listed if each.get("version")}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_bill_has_the_hashes_of_the_lock(layer: str) -> None:
    folder = ROOT / "layers" / layer.removesuffix("Layer").lower()
    locked = re.findall(r"sha256:([0-9a-f]{64})", (folder / "requirements.txt").read_text("utf-8"))
    listed = [
        found["content"]
        for component in components(layer)
        for reference in component.get("externalReferences", ())
        for found in reference["hashes"]
    ]
    assert sorted(listed) == sorted(locked)
