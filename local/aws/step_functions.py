"""Step Functions' waiting between retries, made visible and, where wanted, instantaneous."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS

from local.aws.environment import ACCOUNT, REGION
from local.aws.seams import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS_TO_STOP = 10.0


class Backoffs:
    """Stands in for the `time` module where moto sleeps before a retry.

    Args:
        really: whether to sleep; otherwise the seconds are only recorded.
    """

    def __init__(self, *, really: bool) -> None:
        self._really = really
        self.seconds: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Record a back-off, and take it if asked to."""
        self.seconds.append(seconds)
        if self._really:
            time.sleep(seconds)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Errors of executions are in their histories; moto would also write them all to stderr."""
    logger = logging.getLogger("moto.stepfunctions.parser")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def executing(backoffs: Backoffs, interrupt: Callable[[], None]) -> Iterator[None]:
    """While it is open, executions can be started; at the end none is left running.

    Args:
        backoffs: takes the waits before retries.
        interrupt: ends the functions that stopped executions would wait for.
    """
    with ExitStack() as seams:
        seams.enter_context(_unlogged())
        seams.enter_context(replaced(retrier_decl, "time", backoffs))
        try:
            yield
        finally:
            _stop_all(interrupt)


def _executions() -> list[Any]:
    backend = stepfunctions_parser_backends[ACCOUNT][REGION]
    return [execution for machine in backend.state_machines for execution in machine.executions]


def _stop_all(interrupt: Callable[[], None]) -> None:
    for execution in _executions():
        worker = execution.exec_worker
        if execution.status == "RUNNING" and worker is not None and worker.env is not None:
            worker.stop(stop_date=None, error="Local.Stopped", cause="The offline AWS was closed.")
    interrupt()
    deadline = time.monotonic() + _SECONDS_TO_STOP
    for thread in list(TMP_THREADS):
        if isinstance(thread, threading.Thread) and thread.is_alive():
            thread.join(max(0.0, deadline - time.monotonic()))
    TMP_THREADS.clear()  # moto only ever adds to it
