"""Caches for what moto computes again for every request and every execution.

The results do not change while an offline AWS is open. Computing them took half of the processor
time of an upload.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BaseBackend
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

# moto only imports these names, so mypy treats them as private to the module.
_BACKEND: Any = BaseBackend
_JSON_PATH: Any = json_path
_BOTO_CLIENT: Any = boto_client

# Kept: the result is of the definition alone, and a test run opens many with the same one.
_parse = lru_cache(maxsize=32)(AmazonStateLanguageParser.parse)


@contextmanager
def cached() -> Iterator[None]:
    """Context manager in which the results are cached; at its end all but the first are dropped."""
    replacements: list[tuple[Any, str, Any]] = [
        # 95 ms of every execution. Executions share the parsed states, so the key of a state's
        # values in an execution must not change with the execution.
        (AmazonStateLanguageParser, "parse", staticmethod(_parse)),
        (EvalComponent, "heap_key", property(lambda state: f"{id(state):x}")),
        # 1 ms of each of the thirty paths in an execution.
        (json_path, "parse", cache(_JSON_PATH.parse)),
        # 6 ms of every task.
        (boto_client, "boto3", _ClientsOfExecutions(_BOTO_CLIENT.boto3)),
        # 1 ms of every request to S3, for which moto imports the list of URLs again.
        (BaseBackend, "urls", property(cache(_BACKEND.urls.fget))),
    ]
    with ExitStack() as patches:
        for owner, name, replacement in replacements:
            patches.enter_context(replaced(owner, name, replacement))
        yield


class _ClientsOfExecutions:
    """Stand-in for boto3 where executions create their clients."""

    def __init__(self, boto3: Any) -> None:
        self._boto3 = boto3
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, *, service_name: str, region_name: str, **options: Any) -> Any:
        """Return the one client of a service; the other options never differ."""
        with self._lock:
            key = service_name, region_name
            if key not in self._made:
                self._made[key] = self._boto3.client(
                    service_name=service_name, region_name=region_name, **options
                )
            return self._made[key]
