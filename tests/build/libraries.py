"""Checks the C libraries inside the wheels: `python -m tests.build.libraries LAYER…`.

What each file of a layer may hold, how its version is read and which one is too old is in
layers/libraries.toml. `--bill FILE` adds the libraries of one layer to its bill of materials.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.build import elf

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "layers" / "libraries.toml"
_UNSTATED, _NAME = "unstated", "name"


@dataclass(frozen=True)
class Library:
    """One library, as in the table."""

    name: str
    files: tuple[str, ...]
    version: str
    also_in: tuple[str, ...] = ()
    releases: dict[str, str] | None = None
    mark: str | None = None
    minimum: str | None = None
    advisory: str | None = None

    def is_in(self, file: str) -> bool:
        """Return whether a file may hold it."""
        return _matches(file, self.files + self.also_in)

    def version_in(self, file: str, data: bytes) -> str | None:
        """Return the version in a file, "" where it states none, None if it cannot be read."""
        if self.version == _UNSTATED or not _matches(file, self.files):
            return ""
        if self.version == _NAME:
            stated = re.search(r"\.so\.([0-9.]+)$", file)
        else:
            found = re.search(self.version.encode(), data)
            return found[1].decode() if found else None
        if stated is None or self.releases is None:
            return stated and stated[1]
        return self.releases.get(stated[1])


@dataclass(frozen=True)
class Exempt:
    """An older version that does no harm, and why.

    `unused_by` names files that are linked to the library and must not contain `prefix`, with which
    the names of its functions begin.
    """

    file: str
    version: str
    reason: str
    unused_by: str | None = None
    prefix: str | None = None


@dataclass(frozen=True)
class Table:
    """The whole table."""

    own: tuple[str, ...]
    runtime: tuple[str, ...]
    libraries: tuple[Library, ...]
    exempt: tuple[Exempt, ...]

    @classmethod
    def read(cls, file: Path = TABLE) -> Table:
        """Read the table."""
        stored = tomllib.loads(file.read_text(encoding="utf-8"))
        return cls(
            own=tuple(stored["own"]),
            runtime=tuple(stored["runtime"]),
            libraries=tuple(Library(**_tuples(each)) for each in stored["library"]),
            exempt=tuple(Exempt(**each) for each in stored.get("exception", [])),
        )


@dataclass(frozen=True)
class Bundled:
    """A library in a file of a layer; `version` is "" where the file does not state it."""

    library: Library
    file: str
    version: str | None


def bundled(layer: Path, table: Table) -> list[Bundled]:
    """Return the libraries in the files of a layer, by name and file."""
    found = [
        Bundled(library, file, library.version_in(file, data))
        for file, data in _compiled(layer)
        for library in table.libraries
        if library.is_in(file)
    ]
    return sorted(found, key=lambda each: (each.library.name, each.file))


def faults(layer: Path, table: Table) -> list[str]:
    """Return what is wrong with the libraries of a layer, as sentences."""
    files = dict(_compiled(layer))
    names = {Path(file).name for file in files} | set(table.runtime)
    wrong = []
    for file, data in files.items():
        if not _matches(file, table.own) and not any(each.is_in(file) for each in table.libraries):
            wrong.append(f"{file} is not in {TABLE.name}: add which library it is")
        wrong += [
            f"{file} holds a copy of {each.name}, which {TABLE.name} does not say"
            for each in table.libraries
            if each.mark and each.mark.encode() in data and not each.is_in(file)
        ]
        wrong += [
            f"{file} needs {name}, which is neither in the layer nor in the runtime"
            for name in elf.needed(data)
            if name not in names
        ]
    wrong += [why for each in bundled(layer, table) if (why := _fault(each, files, table))]
    return sorted(wrong)


def _fault(found: Bundled, files: dict[str, bytes], table: Table) -> str | None:
    library, version = found.library, found.version
    if version is None:
        return f"{found.file}: the version of {library.name} cannot be read"
    if not version or not library.minimum or _numbers(version) >= _numbers(library.minimum):
        return None
    for each in table.exempt:
        if fnmatchcase(found.file, each.file) and each.version == version:
            return _use(each, library, files)
    return (
        f"{found.file}: {library.name} {version} is older than {library.minimum} "
        f"({library.advisory})"
    )


def _use(exempt: Exempt, library: Library, files: dict[str, bytes]) -> str | None:
    """Return why an exception no longer holds."""
    if exempt.unused_by is None or exempt.prefix is None:
        return None
    users = [
        file
        for file, data in files.items()
        if fnmatchcase(file, exempt.unused_by) and exempt.prefix.encode() in data
    ]
    return f"{users[0]} calls {library.name}, which is too old for that" if users else None


def components(layer: Path, table: Table) -> list[dict[str, Any]]:
    """Return the libraries of a layer as components of a CycloneDX bill."""
    return [
        {
            "bom-ref": f"{each.library.name}@{each.file}",
            "name": each.library.name,
            "properties": [{"name": "image-pipeline:file", "value": each.file}],
            "purl": f"pkg:generic/{each.library.name}" + (f"@{each.version}" * bool(each.version)),
            "type": "library",
            **({"version": each.version} if each.version else {}),
        }
        for each in bundled(layer, table)
    ]


def add_to_bill(bill: Path, layer: Path, table: Table) -> None:
    """Add the libraries of a layer to its bill of materials."""
    content = json.loads(bill.read_text(encoding="utf-8"))
    content["components"] += components(layer, table)
    bill.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _compiled(layer: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of every compiled file in a layer."""
    for path in sorted(layer.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                is_compiled = file.read(4) == elf.MAGIC
            if is_compiled:
                yield path.relative_to(layer).as_posix(), path.read_bytes()


def _matches(file: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(file, pattern) for pattern in patterns)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Check layers, or complete a bill; return 1 if there is a fault."""
    parser = argparse.ArgumentParser(prog="libraries")
    parser.add_argument("layer", type=Path, nargs="+")
    parser.add_argument("--bill", type=Path)
    given = parser.parse_args(arguments)
    table = Table.read()
    if given.bill:
        add_to_bill(given.bill, given.layer[0], table)
        return 0
    wrong = [f"{layer}: {fault}" for layer in given.layer for fault in faults(layer, table)]
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
