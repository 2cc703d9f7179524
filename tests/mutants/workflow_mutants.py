"""Every mutant of a state machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.mutants.document_operators import (
    Edit,
    Node,
    booleans,
    document_mutants,
    nodes,
    numbers,
    replaced,
    swapped,
)
from tests.mutants.mutant import WORKFLOW, Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mutants.document_operators import Edits

_UNMUTATED = frozenset({"Comment", "Type"})
_ENUMS = [["FULL", "NONE"]]
_COMPARISONS = {
    "StringEquals": "StringGreaterThan",
    "BooleanEquals": "IsPresent",
    "IsPresent": "IsNull",
    "Or": "And",
    "And": "Or",
}
_TARGETS = ("Next", "Default", "StartAt")


def workflow_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Find every place of a state machine that an operator can change."""
    scopes = _scopes(text)
    edits: list[Edits] = [
        numbers,
        booleans,
        partial(swapped, groups=_ENUMS),
        partial(_targets, scopes=scopes),
        partial(swapped, groups=[_substitutions(text)], operator="substitution"),
        _texts,
        _comparisons,
    ]
    yield from document_mutants(WORKFLOW, path, text, _UNMUTATED, edits)


def _scopes(text: str) -> list[list[str]]:
    """Return the names of the states that can follow each other: one list per (nested) machine."""
    return [
        [key.value for key, _ in node.value.value] for node in nodes(text) if node.key == "States"
    ]


def _substitutions(text: str) -> list[str]:
    found = (node.text for node in nodes(text) if node.text.startswith("${"))
    return list(dict.fromkeys(found))


def _targets(node: Node, scopes: list[list[str]]) -> Iterator[Edit]:
    """Go to another state, which may be the state itself."""
    if node.key in _TARGETS:
        yield from swapped(node, scopes, "next state")


def _texts(node: Node) -> Iterator[Edit]:
    """Change a path, an error name, a constant: anything that is not the name of a state."""
    if node.value.tag != "tag:yaml.org,2002:str" or not node.text:
        return
    if node.key in _TARGETS or node.text in _ENUMS[0]:
        return
    if node.text.startswith("$"):
        if node.key.endswith("Path"):
            yield replaced(node, "path", "$" if node.text != "$" else "$.other")
        elif "." in node.text:
            yield replaced(node, "path", node.text + "X")
    else:
        yield replaced(node, "text", node.text + "X")


def _comparisons(node: Node) -> Iterator[Edit]:
    """Compare differently: the key of a choice rule, which stands before its value."""
    other = _COMPARISONS.get(node.key)
    if other:
        start = node.document.rindex(node.key, 0, node.start)
        yield Edit("comparison", start, start + len(node.key), other)
