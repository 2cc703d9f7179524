"""Functions in processes: separate environments, enforced timeouts, Lambda's error payloads."""

from __future__ import annotations

import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.deployment import Function
from local.aws.environment import ACCOUNT, REGION, isolated
from local.aws.processes import Processes
from tests.runbook.book import SETUP, sections
from tests.support.waiting import await_condition
from tests.template.documents import written

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from moto.logs.models import logs_backends

    from local.aws.logs.recording import Logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CODE = """
import os, pathlib, sys, time

if os.environ.get("BROKEN"):
    raise RuntimeError("no configuration")
count = 0

def handler(event, context):
    global count
    count += 1
    print("line of", event.get("what"), flush=True)
    match event.get("what"):
        case "wait":
            folder = pathlib.Path(event["folder"])
            (folder / f"here-{os.getpid()}").touch()
            while len(list(folder.iterdir())) < event["files"]:
                time.sleep(0.01)
        case "crash":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), 9)
        case "raise":
            raise ValueError("no such luck")
        case "unserialisable":
            return {1, 2}
    return {
        "pid": os.getpid(),
        "count": count,
        "environment": dict(os.environ),
        "path": sys.path,
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
    }
"""


class Runner:
    """Invokes one function with a dictionary and gives back what it answered."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes

    def __call__(self, what: str = "", **event: Any) -> Any:
        answer = self.processes.invoke("function", json.dumps({"what": what, **event}))
        payload = json.loads(answer.payload)
        assert answer.failed == ("errorType" in payload)
        return payload


@pytest.fixture
def meeting(tmp_path: Path) -> Path:
    """An empty folder, where invocations leave a file each and wait for others."""
    folder = tmp_path / "meeting"
    folder.mkdir()
    return folder


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def start(tmp_path: Path, lines: list[tuple[str, str]]) -> Iterator[Callable[..., Runner]]:
    (tmp_path / "own.py").write_text(CODE)
    layer = tmp_path / "layer"
    layer.mkdir()
    started: list[Processes] = []
    assert logs_backends[ACCOUNT][REGION]  # moto makes it now, when no profile is set

    def begin(
        handler: str = "own.handler",
        timeout: int = 60,
        holding: tuple[str, ...] = (),
        **environment: str,
    ) -> Runner:
        function = Function(
            logical_id="OwnFunction",
            name="function",
            arn="arn:aws:lambda:us-east-1:123456789012:function:function",
            handler=handler,
            timeout=timeout,
            memory=256,
            environment=environment,
            root=tmp_path,
            code=tmp_path,
            layers=(layer,),
        )
        extra = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        log = lambda *line: lines.append(line)  # noqa: E731
        processes = Processes({"function": function}, extra, log, Logs(), holding)
        started.append(processes)
        return Runner(processes)

    yield begin
    for processes in started:
        processes.close()


def test_a_function_sees_its_own_environment_and_that_of_lambda(
    start: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    seen = start(TABLE_NAME="images")()
    environment = seen["environment"]
    assert environment["TABLE_NAME"] == "images"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == seen["name"] == "function"
    assert environment["AWS_REGION"] == "us-east-1"
    assert {"AWS_PROFILE", "HTTP_PROXY"}.isdisjoint(environment)
    assert seen["memory"] == "256"
    assert seen["arn"].endswith(":function:function")
    assert 0 < seen["remaining"] <= 60_000
    assert any(path.endswith("layer") for path in seen["path"])


def test_a_process_is_kept_for_the_next_event(start: Callable[..., Runner]) -> None:
    run = start()
    first, second = run(), run()
    assert (first["pid"], first["count"]) == (second["pid"], 1)
    assert second["count"] == 2
    assert first["request"] != second["request"]


def test_an_exception_is_reported_as_the_runtime_does(start: Callable[..., Runner]) -> None:
    run = start()
    error = run("raise")
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such luck")
    assert set(error) == {"errorType", "errorMessage", "requestId", "stackTrace"}
    assert run("unserialisable")["errorType"] == "Runtime.MarshalError"
    assert run()["count"] == 3  # the process lives on


def test_a_function_that_takes_too_long_is_killed(
    start: Callable[..., Runner], tmp_path: Path
) -> None:
    run = start(timeout=2)
    victim = run()["pid"]
    error = run("wait", folder=str(tmp_path), files=1000)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 2.00 seconds")
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)
    assert run()["count"] == 1  # in a new process


@pytest.mark.parametrize(("how", "words"), [("crash", "exit status 3"), ("killed", "killed")])
def test_a_function_that_ends_its_process_has_crashed(
    start: Callable[..., Runner], how: str, words: str
) -> None:
    run = start()
    error = run(how)
    assert error["errorType"] == "Runtime.ExitError"
    assert words in error["errorMessage"]
    assert run()["count"] == 1


@pytest.mark.parametrize(
    ("handler", "environment", "error", "words"),
    [
        ("missing.handler", {}, "Runtime.ImportModuleError", "missing"),
        ("own.nobody", {}, "Runtime.HandlerNotFound", "nobody"),
        ("own.handler", {"BROKEN": "1"}, "RuntimeError", "no configuration"),
    ],
)
def test_a_function_that_cannot_start_reports_the_reason(
    start: Callable[..., Runner],
    handler: str,
    environment: dict[str, str],
    error: str,
    words: str,
) -> None:
    answer = start(handler, **environment)()
    assert answer["errorType"] == error
    assert words in answer["errorMessage"]


@pytest.mark.parametrize(
    ("handler", "environment", "what", "is_found"),
    [
        ("nowhere.handler", {}, "", True),
        ("own.handler", {"BROKEN": "1"}, "", True),
        # Refusals and throttles are raised, too; the function has logged what it had to say.
        ("own.handler", {}, "raise", False),
    ],
)
def test_the_runbook_and_the_saved_query_find_why_a_function_cannot_start(
    start: Callable[..., Runner],
    lines: list[tuple[str, str]],
    handler: str,
    environment: dict[str, str],
    what: str,
    is_found: bool,
) -> None:
    start(handler, **environment)(what)
    (setup,) = sections()[SETUP].blocks
    query = written()["Resources"]["KillsQuery"]["Properties"]["QueryString"]
    (said,), (saved,) = (re.findall(r"@message like /(.+?)/", each) for each in (setup, query))
    assert said == saved
    assert any(re.search(saved, line) for _, line in lines) is is_found


def test_functions_run_where_the_runtime_s_native_part_is_missing(
    start: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.aws.execution_environment._NATIVE", False)
    run = start()
    assert run("ümlaut")["count"] == 1
    assert run("raise")["errorMessage"] == "no such luck"
    answer = run()
    assert answer["count"] == 3
    assert 0 < answer["remaining"] <= 60_000
    assert any(path.endswith("portable_runtime") for path in answer["path"])


def test_concurrent_events_run_in_parallel(start: Callable[..., Runner], meeting: Path) -> None:
    run = start()
    run()
    with ThreadPoolExecutor(2) as pool:
        # Neither ends before both have begun.
        waiting = [pool.submit(run, "wait", folder=str(meeting), files=2) for _ in range(2)]
        assert len({each.result()["pid"] for each in waiting}) == 2


def test_held_answers_do_not_keep_a_function_from_answering_others(
    start: Callable[..., Runner], meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.aws.processes._AT_ONCE", 1)
    run = start(holding=("function",))
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(run, "wait", folder=str(meeting), files=2)
        await_condition(lambda: any(meeting.iterdir()))
        assert run()["count"] == 1
        (meeting / "released").touch()
        assert held.result()["count"] == 1


def test_a_caller_is_identified_by_its_credentials(
    start: Callable[..., Runner], meeting: Path
) -> None:
    run = start()
    access_key = run()["environment"]["AWS_ACCESS_KEY_ID"]
    assert run.processes.event_of(access_key) is None
    event = {"folder": str(meeting), "files": 2}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, "wait", **event)
        await_condition(lambda: any(meeting.iterdir()))
        assert run.processes.event_of(access_key) == {"what": "wait", **event}
        assert run.processes.event_of("AKIASOMEBODYELSE") is None
        (meeting / "released").touch()
        assert running.result()["count"] == 2


def test_the_output_of_a_function_is_passed_on(
    start: Callable[..., Runner], lines: list[tuple[str, str]]
) -> None:
    run = start()
    run("speaking")
    run.processes.close()
    assert ("OwnFunction", "line of speaking") in lines


def test_closing_leaves_no_process_behind(start: Callable[..., Runner]) -> None:
    before = set(threading.enumerate())
    run = start()
    pid = run()["pid"]
    run.processes.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert set(threading.enumerate()) <= before
    with pytest.raises(RuntimeError, match="closed"):
        run()
