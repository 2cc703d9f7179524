"""Step Functions' back-offs, recorded and optionally skipped; executions end at the end."""

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
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS_TO_STOP = 10.0


class Backoffs:
    """Stand-in for the `time` module where moto sleeps before a retry.

    Args:
        really: whether to sleep; otherwise the seconds are only recorded.
    """

    def __init__(self, *, really: bool) -> None:
        self._really = really
        self._stopped = threading.Event()
        self.seconds: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Record a back-off, and wait if the back-offs are real."""
        self.seconds.append(seconds)
        if self._really:
            self._stopped.wait(seconds)

    def stop(self) -> None:
        """End every wait, now and from now on."""
        self._stopped.set()


@contextmanager
def _unlogged() -> Iterator[None]:
    """Context manager in which moto does not log errors, which are in the histories anyway."""
    logger = logging.getLogger("moto.stepfunctions.parser")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def executing(backoffs: Backoffs, interrupt: Callable[[], None]) -> Iterator[None]:
    """Context manager in which executions can be started; those still running are stopped.

    Args:
        backoffs: waits before retries.
        interrupt: ends the functions for which stopped executions would wait.
    """
    with ExitStack() as patches:
        patches.enter_context(_unlogged())
        patches.enter_context(replaced(retrier_decl, "time", backoffs))
        try:
            yield
        finally:
            backoffs.stop()
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
    TMP_THREADS.clear()  # moto only adds to it
