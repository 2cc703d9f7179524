"""The updates from the last release to this one, as docs/operations.md describes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.releases.trees import Release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLE = re.compile(r"(?ms)^  ImagesTable:\n.*?(?=^  \w)")
_INDEX = re.compile(r"(?m)^        - IndexName: (\w+)\n(?:^          .*\n)+")
_KEY = re.compile(r"AttributeName: (\w+), KeyType")


def updates(last: Release, folder: Path) -> Iterator[Path]:
    """Yield the templates to deploy one after another: each has one index more than the last.

    Args:
        last: the last release.
        folder: for copies of this one.
    """
    known = set(_indexes(_table(last.template)))
    here = _indexes(_table(Release(folder / "all").template))
    new = [name for name in here if name not in known]
    for count in range(1, len(new)):
        release = Release(folder / str(count))
        _leave_out(release.template, {name: here[name] for name in new[count:]})
        yield release.template
    yield Release(folder / "this").template


def _table(template: Path) -> str:
    found = _TABLE.search(template.read_text(encoding="utf-8"))
    assert found
    return found[0]


def _indexes(table: str) -> dict[str, str]:
    return {match[1]: match[0] for match in _INDEX.finditer(table)}


def _leave_out(template: Path, indexes: dict[str, str]) -> None:
    """Delete indexes from a template, with the attributes that only they need."""
    text, table = template.read_text(encoding="utf-8"), _table(template)
    changed = table
    for index in indexes.values():
        changed = changed.replace(index, "")
    left = set(_KEY.findall(changed))
    for name in set(_KEY.findall(table)) - left:
        changed = re.sub(rf"(?m)^ +- \{{AttributeName: {name}, AttributeType: S\}}\n", "", changed)
    template.write_text(text.replace(table, changed), encoding="utf-8")
