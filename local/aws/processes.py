"""Running functions in processes of their own: the truthful way.

Each function has its own environment, its time limit is enforced and its crash is its own.
"""

from __future__ import annotations

import atexit
import itertools
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.aws.execution_environment import ExecutionEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.aws.deployment import Function
    from local.aws.invocation import Answer


# How many events one function works on at once; more have to wait.
_AT_ONCE = min(4, max(2, os.cpu_count() or 1))


class Processes:
    """Keeps processes for the functions, more of them while more events are in work.

    Args:
        functions: by physical name.
        extra: variables to add to every function's environment.
        log: called with a function's logical id and each line that it writes.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        extra: Mapping[str, str],
        log: Callable[[str, str], None],
    ) -> None:
        self._functions = functions
        self._extra = extra
        self._log = log
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._idle: dict[str, list[ExecutionEnvironment]] = {name: [] for name in functions}
        self._slots = {name: threading.BoundedSemaphore(_AT_ONCE) for name in functions}
        self._all: dict[str, ExecutionEnvironment] = {}
        self._closed = False
        atexit.register(self.close)

    def invoke(self, name: str, payload: str) -> Answer:
        """Run a function on a JSON payload, in a process that is idle or new."""
        with self._slots[name], self._lent(name) as environment:
            return environment.invoke(payload)

    def event_of(self, access_key: str) -> Any:
        """The event that the process with these credentials is working on."""
        environment = self._all.get(access_key)
        return environment.event if environment else None

    def interrupt(self) -> None:
        """End every process; whoever waits for one is told that it crashed."""
        self.close()

    def close(self) -> None:
        """End every process."""
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
            environments = list(self._all.values())
            self._all.clear()
        for environment in environments:
            environment.close()

    @contextmanager
    def _lent(self, name: str) -> Iterator[ExecutionEnvironment]:
        environment = self._take(name)
        try:
            yield environment
        finally:
            self._give_back(name, environment)

    def _take(self, name: str) -> ExecutionEnvironment:
        with self._lock:
            idle = self._idle[name]
            environment = idle.pop() if idle else None
        if environment is not None and environment.usable:
            return environment
        if environment is not None:
            self._end(environment)
        return self._start(self._functions[name])

    def _give_back(self, name: str, environment: ExecutionEnvironment) -> None:
        if not environment.usable:
            self._end(environment)
            return
        with self._lock:
            self._idle[name].append(environment)

    def _start(self, function: Function) -> ExecutionEnvironment:
        access_key = f"LOCALFUNCTION{next(self._numbers):07d}"  # 20 characters, as AWS's have
        with self._lock:
            if self._closed:
                message = f"{function.logical_id} was invoked after the offline AWS was closed"
                raise RuntimeError(message)
            environment = ExecutionEnvironment(function, access_key, self._extra, self._log)
            self._all[access_key] = environment
        return environment

    def _end(self, environment: ExecutionEnvironment) -> None:
        with self._lock:
            known = self._all.pop(environment.access_key, None)
        if known:
            environment.close()
