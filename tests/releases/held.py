"""Invocations, counted by version, and held before the first line of their function."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.aws.in_process import InProcess
from local.aws.moto_patches import replaced
from local.aws.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws

_PATIENCE = 120.0


class Invocations:
    """Counts invocations and errors by function and version, and holds some back.

    Args:
        aws: whose invocations to see.
        holds: maps the key of an upload to the logical id of the function that is held for it.
    """

    def __init__(self, aws: OfflineAws, holds: dict[str, str] | None = None) -> None:
        self._by_name = {each.name: name for name, each in aws.deployment.functions.items()}
        self._waiting = dict(holds or {})
        self._released = threading.Event()
        self._changed = threading.Condition()
        self.invoked: Counter[tuple[str, str]] = Counter()
        self.failed: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def seen(self) -> Iterator[None]:
        """Context manager in which invocations are seen; at its end none is held any more."""
        with (
            replaced(InProcess, "invoke", self._seeing(InProcess.invoke)),
            replaced(Processes, "invoke", self._seeing(Processes.invoke)),
        ):
            try:
                yield
            finally:
                self.release()

    def await_all_held(self) -> None:
        """Wait until each invocation that is to be held is."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._waiting, _PATIENCE), self._waiting

    def release(self) -> None:
        """Let held invocations go on; none is held from now on."""
        self._released.set()

    def versions(self) -> dict[str, set[str]]:
        """The versions of each function that were invoked."""
        found: dict[str, set[str]] = {}
        for function, version in self.invoked:
            found.setdefault(function, set()).add(version)
        return found

    def _seeing(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def invoke(invoker: Any, name: str, payload: str) -> Any:
            function, _, version = name.partition(":")
            logical_id = self._by_name[function]
            with self._changed:
                self.invoked[logical_id, version] += 1
                mine = self._waiting.get(_key(json.loads(payload))) == logical_id
                if mine:
                    del self._waiting[_key(json.loads(payload))]
                    self._changed.notify_all()
            if mine:
                assert self._released.wait(_PATIENCE)
            answer = genuine(invoker, name, payload)
            with self._changed:
                self.failed[logical_id, version] += answer.failed
            return answer

        return invoke


def _key(payload: Any) -> str:
    """Return the key of the upload that a payload is about, if it names one."""
    if "image" in payload:
        return str(payload["image"]["upload"]["object"]["key"])
    return str(payload.get("event", {}).get("detail", {}).get("object", {}).get("key", ""))
