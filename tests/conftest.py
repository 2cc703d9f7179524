"""Settings of every test."""

from __future__ import annotations

import gc
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

# An example may take any time: on a busy machine a deadline fails at random.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")

# Powertools reads them when `image_pipeline.observability` is imported, as collecting tests may do.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "image-pipeline")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "ImagePipeline")

# Little becomes garbage, and looking for it in all that is kept takes a tenth of a run.
gc.set_threshold(100_000, 20, 100)

# Each of the hundreds of sessions that tests make would parse the models of the services again.
_LOADER: Any = JSONFileLoader
_LOADER.load_file = staticmethod(cache(_LOADER().load_file))


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Name a file by its size; otherwise its bytes would be the name of the test."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) and len(val) > 40 else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the log groups of the offline AWS got during a test that fails."""
    report = yield
    logs = getattr(getattr(item, "funcargs", {}).get("aws"), "logs", None)
    if report.failed and logs is not None:
        report.sections.append(("Log groups", "\n".join(logs.written_since(call.start))))
    return report
