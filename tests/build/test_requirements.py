"""The layers contain the versions that the tests ran with."""

from __future__ import annotations

import re

import pytest

from local.manifest import ROOT
from tests.build.artefacts import LAYERS, Artefacts

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
HASHED = re.compile(r"^[a-z0-9-]+==\S+ \\$", re.MULTILINE)
TESTED = dict(PIN.findall((ROOT / "locks" / "dev.txt").read_text(encoding="utf-8")))


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_pin_the_tested_versions(layer: str) -> None:
    pins = dict(PIN.findall(_requirements(layer)))
    assert pins
    assert pins == {name: TESTED[name] for name in pins}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_pin_is_hashed(layer: str) -> None:
    requirements = _requirements(layer)
    assert len(HASHED.findall(requirements)) == len(PIN.findall(requirements))


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_contain_exactly_their_pins(built: Artefacts, layer: str) -> None:
    installed = {
        (metadata.parent.name.removesuffix(".dist-info").lower().replace("_", "-"))
        for metadata in built.folder(layer).glob("*.dist-info/METADATA")
    }
    assert installed == {f"{name}-{version}" for name, version in PIN.findall(_requirements(layer))}


def _requirements(layer: str) -> str:
    folder = layer.removesuffix("Layer").lower()
    return (ROOT / "layers" / folder / "requirements.txt").read_text(encoding="utf-8")
