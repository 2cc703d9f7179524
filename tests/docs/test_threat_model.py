"""Each line of the threat model names tests that exist, and no category of STRIDE is empty."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs.pages import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| STRIDE")
]
STRIDE = {
    *("Spoofing", "Tampering", "Repudiation"),
    *("Information disclosure", "Denial of service", "Elevation of privilege"),
}


def test_every_category_has_a_threat() -> None:
    assert {row[0] for row in ROWS} == STRIDE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1][:40])
def test_a_threat_names_the_tests_that_cover_it(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
    for each in row[3].split(", "):
        match = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", each)
        assert match, each
        tree = ast.parse((ROOT / match[1]).read_text(encoding="utf-8"))
        assert match[2] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
