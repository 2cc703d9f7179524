"""The console has words for what the pipeline says in codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from image_pipeline.errors import Reason
from image_pipeline.status import Status
from local.aws.taxonomy import PARENTS

ASSETS = Path(__file__).parents[2] / "functions" / "console" / "assets"
LONGEST_MODULE = 300  # lines, so that each can be read at once


def table(module: str, name: str) -> dict[str, str]:
    """Return a constant of a module that maps names to sentences."""
    text = (ASSETS / module).read_text(encoding="utf-8")
    found = re.search(rf"const {name} = {{\n(.*?)\n}};", text, re.DOTALL)
    assert found
    return dict(re.findall(r'^  "?([^":]+)"?:\s+"([^"]+)",$', found[1], re.MULTILINE))


def test_every_moderation_label_is_defined_in_one_sentence() -> None:
    definitions = table("labels.js", "DEFINITIONS")
    assert set(definitions) == set(PARENTS)
    for sentence in definitions.values():
        assert re.fullmatch(r"[A-Z][^.]+\.", sentence)


def test_every_reason_has_words() -> None:
    assert set(table("picture_history.js", "REASONS")) == set(Reason)


def test_every_status_has_words() -> None:
    assert set(table("statuses.js", "STATUSES")) == set(Status)
    assert set(table("picture.js", "STATUSES")) == set(Status)
    assert set(Status) <= set(table("picture_history.js", "TITLES")) | {"pending", "processing"}


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_every_module_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_MODULE
