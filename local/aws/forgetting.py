"""Frees what moto keeps about work that is done, so that memory does not grow with every upload."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS

from local.aws.environment import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping


def forget_execution(arn: str) -> None:
    """Drop an execution, its history and the threads that ran it."""
    for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
        for execution in list(machine.executions):
            if execution.execution_arn == arn:
                machine.executions.remove(execution)
    for thread in list(TMP_THREADS):  # moto only adds to it
        if not thread.is_alive():
            with suppress(ValueError):  # another thread has removed it
                TMP_THREADS.remove(thread)


def forget_objects(names: Mapping[str, str]) -> None:
    """Drop every version of some objects, without an event.

    Args:
        names: by bucket, the key of an object or, with a slash at the end, a prefix of keys.
    """
    backend = s3_backends[ACCOUNT]["aws"]
    for bucket, name in names.items():
        keys = backend.get_bucket(bucket).keys
        matching = [
            key for key in dict(keys) if key == name or (name[-1] == "/" and key.startswith(name))
        ]
        for key in matching:
            keys.setlist(key, [])  # `pop` fails for a delete marker
            dict.pop(keys, key)


def forget_notifications() -> None:
    """Drop the copies of messages that topics keep once they have delivered them."""
    for topic in sns_backends[ACCOUNT][REGION].topics.values():
        topic.sent_notifications.clear()
