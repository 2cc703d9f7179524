"""Each line of the threat model names a test that exists, and no category of STRIDE is empty."""

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
def test_a_threat_names_the_test_that_covers_it(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
    match = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[3])
    assert match
    tree = ast.parse((ROOT / match[1]).read_text(encoding="utf-8"))
    assert match[2] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
