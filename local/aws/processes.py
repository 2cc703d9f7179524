"""Runs each function in processes of its own, as Lambda does.

A function has its own environment, its timeout is enforced, and a crash affects only itself.
"""

from __future__ import annotations

import atexit
import itertools
import os
import threading
from collections import defaultdict
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from local.aws.execution_environment import ExecutionEnvironment
from local.aws.logs.recording import FunctionLog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager

    from local.aws.deployment import Function
    from local.aws.invocation import Answer
    from local.aws.logs.recording import Logs


# The concurrency of a function; more events wait.
_AT_ONCE = min(4, max(2, os.cpu_count() or 1))
# A function of the API may hold its answer for 20 seconds, which takes no processor. So what finds
# it busy for longer than most answers take gets a process more.
_SECONDS_BUSY, _MORE = 0.5, 14


class Processes:
    """A pool of processes for each function, which grows with the events in flight.

    Args:
        functions: by qualified name; more may be added, but none replaced.
        extra: variables to add to every function's environment.
        log: called with a function's logical id and each line that it writes.
        logs: where the lines of functions are written.
        holding: names of the functions that may hold their answers.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        extra: Mapping[str, str],
        log: Callable[[str, str], None],
        logs: Logs,
        holding: Collection[str] = (),
    ) -> None:
        self._functions = functions
        self._holding = holding
        self._extra = extra
        self._log = log
        self._logs = logs
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._idle: dict[str, list[ExecutionEnvironment]] = defaultdict(list)
        self._slots: dict[str, _Slots] = {}
        self._all: dict[str, ExecutionEnvironment] = {}
        self._closed = False
        atexit.register(self._kill_all)

    def invoke(self, name: str, payload: str) -> Answer:
        """Run a function on a JSON payload, in an idle process or a new one."""
        with self._lock:
            more = _MORE if name.partition(":")[0] in self._holding else 0
            slots = self._slots.setdefault(name, _Slots(more))
        with slots.taken(), self._lent(name) as environment:
            return environment.invoke(payload)

    def event_of(self, access_key: str) -> Any:
        """The event that the process with these credentials is working on."""
        environment = self._all.get(access_key)
        return environment.event if environment else None

    def waiting(self) -> AbstractContextManager[None]:
        """Do nothing: other functions have processes of their own."""
        return nullcontext()

    def interrupt(self) -> None:
        """End every process; to callers that wait for one it has crashed."""
        self.close()

    def close(self) -> None:
        """End every process."""
        atexit.unregister(self._kill_all)
        with self._lock:
            self._closed = True
            environments = list(self._all.values())
            self._all.clear()
        for environment in environments:
            environment.kill()
        # Side by side: each waits for its process and its server.
        closing = [threading.Thread(target=environment.close) for environment in environments]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()

    def _kill_all(self) -> None:
        for environment in list(self._all.values()):
            environment.kill()

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
            environment = ExecutionEnvironment(
                function, access_key, self._extra, self._log, FunctionLog(self._logs, function)
            )
            self._all[access_key] = environment
        return environment

    def _end(self, environment: ExecutionEnvironment) -> None:
        with self._lock:
            known = self._all.pop(environment.access_key, None)
        if known:
            environment.close()


class _Slots:
    """How many events a function may work on at once; `more` if it holds the answers to some."""

    def __init__(self, more: int) -> None:
        self._usual = threading.BoundedSemaphore(_AT_ONCE)
        self._more = threading.BoundedSemaphore(more) if more else None

    @contextmanager
    def taken(self) -> Iterator[None]:
        slots = self._usual
        if self._more is None:
            slots.acquire()
        elif not slots.acquire(timeout=_SECONDS_BUSY):
            slots = self._more
            slots.acquire()
        try:
            yield
        finally:
            slots.release()
