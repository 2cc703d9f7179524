"""Pytest plugin: runs the tests whose ids a file lists, in that order, and measures tests.

It also limits the memory: a mutant that allocates without end must not take the machine with it.

`SELECTED_TESTS` names the file; without it every test runs. `TEST_SECONDS` names a folder for the
processor time of each test, which does not depend on what else the machine does.
"""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = 8 * 1024**3

_seconds: dict[str, float] = {}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Keep and sort the selected tests, after the other plugins have had their say."""
    yield
    if "SELECTED_TESTS" not in os.environ:
        return
    listed = json.loads(Path(os.environ["SELECTED_TESTS"]).read_text())
    position = {test: index for index, test in enumerate(listed)}
    dropped = [item for item in items if item.nodeid not in position]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item.nodeid in position]
    items.sort(key=lambda item: position[item.nodeid])


def pytest_configure() -> None:
    """Limit the memory of this process and of those that it starts."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure a test with its setup and teardown, and the processes that it has waited for."""
    before = sum(os.times()[:4])
    try:
        return (yield)
    finally:
        _seconds[item.nodeid] = sum(os.times()[:4]) - before


def pytest_sessionfinish() -> None:
    """Write what this process has measured; pytest-xdist has several of them."""
    if "TEST_SECONDS" in os.environ:
        file = Path(os.environ["TEST_SECONDS"]) / f"seconds{os.getpid()}.json"
        file.write_text(json.dumps(_seconds))
