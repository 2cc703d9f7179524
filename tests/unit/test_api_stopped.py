"""Commands of the API that are stopped after any call: the sweep or a repetition finishes them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from image_pipeline.settling import LEASE_SECONDS

from .claims import claim_for
from .commanding import ID, VERDICTS, Commanding
from .conftest import Account
from .executions import image_of, publish_one, results, store
from .sweeping import Sweeping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Context

_CLIENT: Any = BaseClient


class Stopped(BaseException):
    """Ends a function as Lambda does, past every error handler."""


@dataclass(frozen=True)
class Case:
    """A command, the status of its image before, and what is true in the end.

    Args:
        before: status of the image.
        ask: makes the request.
        after: status of the image.
        announced: by the API or the sweep; not what an execution announces that they start.
    """

    before: str
    ask: Callable[[Commanding], Any]
    after: str
    announced: tuple[tuple[str, str | None], ...] = ()


CASES = {
    "delete": Case(
        "approved",
        lambda commands: commands.ask("DELETE"),
        "deleted",
        (("deleted", "object_deleted"),),
    ),
    "bulk-delete": Case(
        "review",
        lambda commands: commands.ask("POST", "/images/bulk-delete", {"image_ids": [ID]}),
        "deleted",
        (("deleted", "object_deleted"),),
    ),
    "approve": Case(
        "review", lambda commands: commands.review("approve"), "approved", (("approved", None),)
    ),
    "reject": Case(
        "approved",
        lambda commands: commands.review("reject"),
        "rejected",
        (("rejected", "review_rejected"),),
    ),
    "appeal": Case("rejected", lambda commands: commands.review("approve"), "approved"),
    "reprocess": Case("approved", lambda commands: commands.ask("POST", "reprocess"), "approved"),
}


@contextmanager
def stopped_after(number: int) -> Iterator[None]:
    """Context manager in which a call is the last one of a function."""
    genuine, made = _CLIENT._make_api_call, []

    def call(client: Any, operation: str, parameters: Any) -> Any:
        answer = genuine(client, operation, parameters)
        made.append(operation)
        if len(made) == number:
            raise Stopped
        return answer

    _CLIENT._make_api_call = call
    try:
        yield
    finally:
        _CLIENT._make_api_call = genuine


def is_stopped(case: Case, commands: Commanding, number: int) -> bool:
    """Make the request, stopped after a call; False if it has ended before."""
    try:
        with stopped_after(number):
            case.ask(commands)
    except Stopped:
        return True
    return False


def check(case: Case, commands: Commanding) -> None:
    """See that all is as after a request that nothing has stopped, and nothing is left to do."""
    for name, event in commands.account.executions().items():
        upload, claim = claim_for(event, f"execution:{name}")
        prefix = publish_one(upload, claim)
        store(image_of(upload, claim), results(prefix, VERDICTS[case.before]), commands.context)
    record = commands.record
    assert record["status"] == case.after
    assert not record.keys() & {"open", "awaits", "settling"}
    assert commands.uploads() == (0 if case.after == "deleted" else 1)
    # The name of a rendition, because a rerun writes another version under the same one.
    assert len(commands.account.rendition_keys()) == (1 if case.after == "approved" else 0)
    told = commands.sweep.announced()
    # A message that is sent again has the same id.
    distinct = {each["id"]: (each["status"], each.get("reason")) for each in told}
    assert tuple(distinct.values()) == case.announced
    assert len(told) <= len(case.announced) + 1


def finish_by_the_sweep(case: Case, commands: Commanding, revision: int) -> None:
    if commands.record["revision"] == revision:
        case.ask(commands)  # nothing was written yet
    else:
        commands.sweep()


def finish_by_repeating(case: Case, commands: Commanding, _: int) -> None:
    case.ask(commands)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("name", "finish"),
    [
        *((name, finish_by_the_sweep) for name in CASES),
        *((name, finish_by_repeating) for name in ("delete", "bulk-delete", "reprocess")),
    ],
)
def test_a_command_that_is_stopped_after_any_call_is_finished(
    name: str,
    finish: Callable[[Case, Commanding, int], None],
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = 0
    while stop_and_finish(CASES[name], finish, context, monkeypatch, number := number + 1):
        pass
    assert number > 3


@pytest.mark.parametrize(("name", "number"), [("delete", 4), ("approve", 5), ("appeal", 2)])
def test_the_sweep_finishes_a_command_that_is_stopped_halfway(
    name: str, number: int, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stop_and_finish(CASES[name], finish_by_the_sweep, context, monkeypatch, number)


def stop_and_finish(
    case: Case,
    finish: Callable[[Case, Commanding, int], None],
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> bool:
    """Stop a command after a call and finish it; False if it makes fewer calls."""
    with mock_aws(), monkeypatch.context() as patch:
        account = Account()
        commands = Commanding(account, context, Sweeping(account, context, patch), patch)
        commands.image(case.before)
        revision = commands.record["revision"]
        if not is_stopped(case, commands, number):
            check(case, commands)
            return False
        later = commands.record.get("settling", {}).get("until", 0) + LEASE_SECONDS
        if later > LEASE_SECONDS:
            patch.setattr("image_pipeline.settling.time.time", lambda: later)
        finish(case, commands, revision)
        check(case, commands)
    return True
