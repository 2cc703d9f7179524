"""Reduces botocore to what the functions need: most of a cold start imports and parses it.

    python3 prune_botocore.py BOTOCORE SERVICE:OPERATION,OPERATION… …

BOTOCORE is the package in a layer that is being built; any Python 3 can run this. The data of the
operations keeps all its keys, because botocore relies on some, but loses its documentation and its
gzip compression. The code that turns documentation into `help()` goes too: 4 % of a cold start.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

# Used by botocore itself: to locate a bucket, for sessions of S3 Express, and to sign forms.
_OWN = {"s3": {"HeadBucket", "CreateSession", "CreateBucket"}}
# Imported by the rest of botocore, along with `docs/utils.py`.
_NO_DOCUMENTATION = '''"""Stands in for the code that documents clients."""


class _Empty(str):
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)


ClientMethodDocstring = PaginatorDocstring = WaiterDocstring = _Empty
'''


def main(package: Path, wanted: list[str]) -> None:
    """Prune the package."""
    _prune_data(package / "data", wanted)
    _prune_documentation(package / "docs")


def _prune_documentation(docs: Path) -> None:
    for path in docs.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "utils.py":
            path.unlink()
    (docs / "__init__.py").touch()
    (docs / "docstring.py").write_text(_NO_DOCUMENTATION, encoding="utf-8")


def _prune_data(data: Path, wanted: list[str]) -> None:
    operations = {
        service: set(names.split(",")) | _OWN.get(service, set())
        for service, _, names in (one.partition(":") for one in wanted)
    }
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in operations:
            shutil.rmtree(folder)
    prefixes = {_prune_service(data / name, kept) for name, kept in operations.items()}
    endpoints = _read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: where for name, where in partition["services"].items() if name in prefixes
        }
    _write(data / "endpoints.json", endpoints)


def _prune_service(folder: Path, operations: set[str]) -> str:
    """Prune the newest version of a service's API; return its name in endpoints.json."""
    *older, newest = sorted(version for version in folder.iterdir() if version.is_dir())
    for version in older:
        shutil.rmtree(version)
    for packed in newest.glob("*.json.gz"):
        _write(packed.with_suffix(""), _without_texts(_read(packed)))
        packed.unlink()
    model = _read(newest / "service-2.json")
    _write(newest / "service-2.json", _with_only(operations, model))
    return str(model["metadata"]["endpointPrefix"])


def _with_only(operations: set[str], model: dict[str, Any]) -> dict[str, Any]:
    """Return the model of a service with some operations and the shapes that they refer to."""
    # The endpoints of some services are asked of the service itself.
    kept = {
        name: operation
        for name, operation in model["operations"].items()
        if name in operations or operation.get("endpointoperation")
    }
    if missing := operations - kept.keys():
        message = f"botocore knows no operation {', '.join(sorted(missing))}"
        raise SystemExit(message)
    shapes: dict[str, Any] = {}
    todo = list(_references(kept))
    while todo:
        name = todo.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            todo += _references(shapes[name])
    return {**model, "operations": kept, "shapes": shapes}


def _references(part: Any) -> list[str]:
    """Return the names of the shapes in any part of a model."""
    if isinstance(part, list):
        return [name for item in part for name in _references(item)]
    if not isinstance(part, dict):
        return []
    found = [name for value in part.values() for name in _references(value)]
    return [*found, part["shape"]] if isinstance(part.get("shape"), str) else found


def _without_texts(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_texts(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: "" if name == "documentation" and isinstance(value, str) else _without_texts(value)
        for name, value in part.items()
    }


def _read(path: Path) -> Any:
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
