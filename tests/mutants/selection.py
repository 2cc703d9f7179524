"""Pytest plugin: runs the tests whose ids a file lists, in that order, and records durations.

It also limits the memory: a mutant that allocates without end must not take the machine with it.

`SELECTED_TESTS` names the file; without it every test runs. `TEST_DURATIONS` names the file that
the durations are written to.
"""

from __future__ import annotations

import json
import os
import resource
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = 8 * 1024**3

_durations: defaultdict[str, float] = defaultdict(float)


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


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up setup, call and teardown of each test."""
    _durations[report.nodeid] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the durations, once for all processes of pytest-xdist."""
    if "TEST_DURATIONS" in os.environ and not hasattr(session.config, "workerinput"):
        Path(os.environ["TEST_DURATIONS"]).write_text(json.dumps(_durations))
