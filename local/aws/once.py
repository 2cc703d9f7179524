"""What moto does anew for every request and every execution, done once instead.

Nothing of it changes while an offline AWS is open, and it was half of what an upload took.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BaseBackend
from moto.s3.models import FakeKey
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path

from local.aws.seams import added, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is replaced here moto itself only imports, which mypy takes for private.
_BACKEND: Any = BaseBackend
_JSON_PATH: Any = json_path
_BOTO_CLIENT: Any = boto_client


@contextmanager
def once() -> Iterator[None]:
    """While it is open all this is remembered; nothing of it is kept for the next time."""
    parse = cache(AmazonStateLanguageParser.parse)
    replacements: list[tuple[Any, str, Any]] = [
        # 95 ms of every execution. Executions share the parsed states, so what these count for an
        # execution has to be told apart by a name that is there from the start.
        (AmazonStateLanguageParser, "parse", staticmethod(parse)),
        (EvalComponent, "heap_key", property(lambda state: f"{id(state):x}")),
        # 1 ms of every path, of which an execution has thirty.
        (json_path, "parse", cache(_JSON_PATH.parse)),
        # 6 ms of every task.
        (boto_client, "boto3", _ClientsOfExecutions(_BOTO_CLIENT.boto3)),
        # 1 ms of every request to S3, whose list of URLs moto even imports anew.
        (BaseBackend, "urls", property(cache(_BACKEND.urls.fget))),
    ]
    with ExitStack() as seams:
        for owner, name, replacement in replacements:
            seams.enter_context(replaced(owner, name, replacement))
        # A listing of versions would copy every object of the bucket with all its bytes, to note
        # on the copies which of them are the newest.
        seams.enter_context(added(FakeKey, "__deepcopy__", lambda key, _memo: key))
        yield


class _ClientsOfExecutions:
    """Stands in for boto3 where executions make their clients."""

    def __init__(self, boto3: Any) -> None:
        self._boto3 = boto3
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, *, service_name: str, region_name: str, **options: Any) -> Any:
        """The client of a service; the other options are the same for all."""
        with self._lock:
            key = service_name, region_name
            if key not in self._made:
                self._made[key] = self._boto3.client(
                    service_name=service_name, region_name=region_name, **options
                )
            return self._made[key]
