"""Changes to a YAML or JSON document that keep the rest of its text as it is.

The parser of YAML reads both, and tells where in the text each node stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import yaml

from tests.mutants.mutant import Mutant, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Edits = Callable[["Node"], Iterator["Edit"]]


@dataclass(frozen=True)
class Node:
    """A node of a document and the keys that lead to it; the key of an item of a list is []."""

    document: str
    value: yaml.Node
    keys: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The value of a scalar, empty for anything else."""
        return self.value.value if isinstance(self.value, yaml.ScalarNode) else ""

    @property
    def key(self) -> str:
        """The key of the value; empty for the document itself."""
        return self.keys[-1] if self.keys else ""

    @property
    def is_verbatim(self) -> bool:
        """Whether its value stands in the document as it is, without escapes."""
        return self.text in self.document[self.start : self.value.end_mark.index]

    @property
    def start(self) -> int:
        """Where it starts in the document."""
        index: int = self.value.start_mark.index
        return index


@dataclass(frozen=True)
class Edit:
    """Replaces `[start, end)` of the text of a document."""

    operator: str
    start: int
    end: int
    replacement: str = ""

    def applied(self, text: str) -> str:
        """Return the text with the change."""
        return text[: self.start] + self.replacement + text[self.end :]


def document_mutants(
    area: str, path: str, text: str, unmutated: frozenset[str], edits: list[Edits]
) -> Iterator[Mutant]:
    """Apply operators to every node of a document.

    Args:
        area: of the mutants.
        path: of the document.
        text: of the document.
        unmutated: keys whose values are left alone, such as descriptions.
        edits: the operators of this kind of document.
    """
    for node in nodes(text):
        if unmutated.intersection(node.keys) or not node.is_verbatim:
            continue
        for edit in (*_removed(node, text, unmutated), *(e for make in edits for e in make(node))):
            line = text.count("\n", 0, edit.start) + 1
            column = edit.start - text.rfind("\n", 0, edit.start)
            place = Place(path, line, column, range(line, line + 1))
            yield Mutant(area, place, edit.operator, text, partial(edit.applied, text))


def nodes(text: str) -> Iterator[Node]:
    """Yield every value of a document, parents first."""
    document = yaml.compose(text, yaml.SafeLoader)
    assert document is not None
    yield from _below(Node(text, document))


def replaced(node: Node, operator: str, value: str) -> Edit:
    """Replace the value of a scalar; its tag and quotes stay."""
    start, end = node.start, node.value.end_mark.index
    inside = start + node.document[start:end].find(node.text)
    return Edit(operator, inside, inside + len(node.text), value)


def numbers(node: Node) -> Iterator[Edit]:
    """Double and halve a number; 1 becomes 0 and 2, and 0 becomes 1."""
    tag = node.value.tag
    if tag == "tag:yaml.org,2002:int" and node.text.isdigit():
        value = int(node.text)
        for other in {value * 2 or 1, value // 2} - {value}:
            yield replaced(node, "number", str(other))
    elif tag == "tag:yaml.org,2002:float":
        yield replaced(node, "number", str(float(node.text) * 2))


def booleans(node: Node) -> Iterator[Edit]:
    """Flip true and false."""
    opposite = {"true": "false", "false": "true"}
    if node.text in opposite and node.value.tag == "tag:yaml.org,2002:bool":
        yield replaced(node, "boolean", opposite[node.text])


def swapped(node: Node, groups: list[list[str]], operator: str = "enum") -> Iterator[Edit]:
    """Replace a value that stands in a group by the next one of the group."""
    for group in groups:
        if node.text in group and len(group) > 1:
            following = group[(group.index(node.text) + 1) % len(group)]
            yield replaced(node, operator, following)


def _below(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node.value, yaml.MappingNode):
        for key, value in node.value.value:
            yield from _below(Node(node.document, value, (*node.keys, key.value)))
    elif isinstance(node.value, yaml.SequenceNode):
        for item in node.value.value:
            yield from _below(Node(node.document, item, (*node.keys, "[]")))


def _removed(node: Node, text: str, unmutated: frozenset[str]) -> Iterator[Edit]:
    """Drop each property of a mapping and each item of a list, unless it is the only one."""
    if isinstance(node.value, yaml.MappingNode):
        spans = [(key.start_mark.index, _end(value, text)) for key, value in node.value.value]
        kept = [key.value in unmutated for key, _ in node.value.value]
        operator = "property dropped"
    elif isinstance(node.value, yaml.SequenceNode) and not node.value.tag.startswith("!"):
        spans = [(item.start_mark.index, _end(item, text)) for item in node.value.value]
        kept = [False] * len(spans)
        operator = "item dropped"
    else:
        return
    for index, (start, end) in enumerate(spans):
        if kept[index] or len(spans) == 1:
            continue
        if index + 1 < len(spans):
            yield Edit(operator, start, spans[index + 1][0])
        else:
            yield Edit(operator, spans[index - 1][1], end)


def _end(value: yaml.Node, text: str) -> int:
    """Return the end of a value without the line breaks and comments that follow it."""
    end = value.end_mark.index
    lines = text[value.start_mark.index : end].rstrip().split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return int(value.start_mark.index) + len("\n".join(lines).rstrip())
