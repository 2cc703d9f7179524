"""`python -m local run` and `serve` as people and scripts call them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from local import web
from local.cli import main
from tests.support.pictures import gradient_file
from tests.support.waiting import await_condition
from tests.support.webhook_receivers import receiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws
    from tests.support.webhook_receivers import Receiver

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(
    aws: OfflineAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Calls the command line in this process, with the pipeline that all tests here share."""

    def opened(**options: Any) -> AbstractContextManager[OfflineAws]:
        monkeypatch.setattr(aws, "moderated", options["moderated"])
        return nullcontext(aws)

    monkeypatch.setattr("local.run.OfflineAws", opened)
    monkeypatch.setattr("local.cli.isolated", nullcontext)
    monkeypatch.setattr("local.cli._exit_after", lambda _seconds: None)
    monkeypatch.chdir(tmp_path)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["run", *arguments])
        return code, *capfd.readouterr()

    yield call
    for number, handler in before.items():
        signal.signal(number, handler)


NAMES = [
    b"plain.jpg",
    b"plus+percent%20 space.jpg",
    "ümlaut/plain.jpg".encode(),
    b"not-\xff-utf8.jpg",
    b"line\nbreak.jpg",
    b"[bold]markup[/bold].jpg",
    b"..hidden",
    b"deep/" + b"n" * 250,
]


def items_of(out: str) -> list[dict[str, Any]]:
    """The array on stdout, after what the functions in this process wrote there."""
    lines = out.splitlines()
    items: list[dict[str, Any]] = json.loads("\n".join(lines[lines.index("[") :]))
    return items


def test_json_has_one_item_for_every_file(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, aws: OfflineAws
) -> None:
    for name in NAMES:
        path = tmp_path / "pictures" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gradient_file())
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    (tmp_path / "pictures" / "again").symlink_to(tmp_path / "pictures")  # a loop of folders
    os.mkfifo(tmp_path / "pictures" / "pipe")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "plain.jpg").write_bytes(gradient_file(size=(300, 400)))
    code, out, err = run(
        *("pictures", "other/plain.jpg", "pictures/plain.jpg", "--json", "--out", "saved")
    )
    assert code == 0, err
    items = items_of(out)
    assert len(items) == len(NAMES) + 3
    assert {frozenset(item) for item in items} == {
        frozenset(
            {"file", "image_id", "status", "reason", "explanation", "seconds", "states", "image"}
        )
    }
    by_file = {os.fsencode(item["file"]): item for item in items}
    assert set(by_file) == {b"pictures/" + name for name in NAMES} | {
        b"pictures/notes.txt",
        b"pictures/pipe",
        b"other/plain.jpg",
    }
    assert len({item["image_id"] for item in items}) == len(items)
    pipe = by_file.pop(b"pictures/pipe")
    assert (pipe["status"], pipe["explanation"]) == ("skipped", "this is a pipe")
    notes = by_file.pop(b"pictures/notes.txt")
    assert (notes["status"], notes["reason"]) == ("rejected", "unsupported_format")
    assert notes["states"] == ["ValidateImage", "RejectImage", "NotifyUser"]
    for item in by_file.values():
        assert (item["status"], item["reason"]) == ("approved", None)
        assert item["image"]["image_id"] == item["image_id"]
        assert item["states"][0] == "ValidateImage"
        assert item["states"][-2:] == ["StoreResults", "NotifyUser"]
        assert item["seconds"] > 0
        saved = {path.name for path in (tmp_path / "saved" / item["image_id"]).iterdir()}
        assert saved - {"moderated-1.jpg", "moderated-1.png"} == {
            *("thumbnail.webp", "medium.webp", "large.webp", "preview.jpg")
        }
        assert len(saved) == 5
    other = by_file[b"other/plain.jpg"]
    assert other["image"]["source"]["height"] == 400
    with Image.open(tmp_path / "saved" / other["image_id"] / "preview.jpg") as preview:
        assert preview.size == (240, 320)
    # Judged in place: the bytes of the upload itself.
    judged = tmp_path / "saved" / other["image_id"] / "moderated-1.jpg"
    assert judged.read_bytes() == (tmp_path / "other" / "plain.jpg").read_bytes()
    assert "stand-in" in err
    assert "processing 10 files" in err


def test_what_is_done_is_freed(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, aws: OfflineAws
) -> None:
    """Otherwise a folder of a thousand files needs hundreds of megabytes."""

    def occupied() -> dict[str, int]:
        s3, deployment = aws.client("s3"), aws.deployment
        counts = {
            name: len(s3.list_object_versions(Bucket=deployment.ref(name)).get("Versions", []))
            for name in ("UploadsBucket", "RenditionsBucket")
        }
        executions = aws.client("stepfunctions").list_executions(
            stateMachineArn=deployment.ref("ImagePipelineStateMachine")
        )
        return counts | {
            "executions": len(executions["executions"]),
            "started": len(aws.delivery.started),
        }

    before = occupied()
    (tmp_path / "photo.jpg").write_bytes(gradient_file())
    (tmp_path / "photo.jpg.txt").write_text("no picture")  # the other's key is part of its key
    code, _, err = run("photo.jpg", "photo.jpg.txt")
    assert code == 0, err
    assert occupied() == before


def test_what_cannot_be_read_or_saved_is_no_failure_of_the_pipeline(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(gradient_file())
    (folder / "dangling").symlink_to("nowhere")
    (folder / "loop").symlink_to("loop")
    (folder / "unreadable.jpg").symlink_to("/proc/self/mem")  # even for root
    code, out, _ = run("pictures", "--json", "--out", "saved")
    assert code == 1
    items = {item["file"]: item for item in items_of(out)}
    photo = items.pop("pictures/photo.jpg")
    assert photo["status"] == "approved"
    assert {item["status"] for item in items.values()} == {"unreadable"}
    assert "No such file" in items["pictures/dangling"]["explanation"]
    assert "symbolic links" in items["pictures/loop"]["explanation"]
    assert items["pictures/unreadable.jpg"]["explanation"]
    in_the_way = tmp_path / "saved" / photo["image_id"] / "thumbnail.webp"
    in_the_way.unlink()
    in_the_way.mkdir()
    code, out, _ = run("pictures", "--json", "--out", "saved")
    item = next(item for item in items_of(out) if item["file"] == photo["file"])
    assert (code, item["status"]) == (1, "approved")
    assert "not saved: " in item["explanation"]


def test_an_interrupt_tells_what_is_done_and_what_is_not(
    run: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    aws: OfflineAws,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from local.display import Display

    counted = Display.finished

    def finished(display: Display, *, failed: bool) -> None:
        counted(display, failed=failed)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Display, "finished", finished)
    (tmp_path / "many").mkdir()
    for number in range(12):
        (tmp_path / "many" / f"{number}.jpg").write_bytes(gradient_file())
    code, out, err = run("many")
    assert code == 130
    statuses = [line.split()[1:3] for line in out.splitlines() if line.startswith("many/")]
    assert len(statuses) == 12
    left = statuses.count(["not", "done"])
    assert 0 < left < 12
    assert f"stopped: {12 - left} of 12 files are done, {left} are not" in err
    assert "KeyboardInterrupt" not in err
    for started in aws.delivery.started:  # nothing of it may run into the next test
        assert aws.progress.await_end(started.arn, 60)


@pytest.mark.slow
def test_a_picture_that_fails_makes_the_run_fail_and_the_table_says_why(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(gradient_file())
    # Matches the template's pattern, but no function accepts it.
    broken = "Renditions=tiny=1x1:cover:webp,Tiny=2x2:cover:webp"
    done = subprocess.run(
        [sys.executable, "-m", "local", "run", "photo.jpg", "--verbose", "--parameter", broken],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_PROFILE": "not-there"},
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    heading, row, remark, saved, notice = done.stdout.decode().splitlines()
    assert heading.split()[:2] == ["file", "status"]
    assert row.split()[:2] == ["photo.jpg", "failed"]
    assert "ConfigError" in remark
    assert "is the name of two renditions" in remark
    assert "moderated pictures are in out/" in saved
    assert "stand-in" in notice
    assert b"ThumbnailFunction: " in done.stderr


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    """A receiver of webhooks on this machine, without a certificate."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture(params=["STANDARD", "EXPRESS"])
def served(
    tmp_path: Path, hooks: Receiver, request: pytest.FixtureRequest
) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A running `serve`, the address of its AWS APIs and that of its HTTP API."""
    s3_port, api_port = free_ports(2)
    ports = ["--s3-port", str(s3_port), "--api-port", str(api_port)]
    parameters = [f"WebhookUrl={hooks.url}", f"WorkflowType={request.param}"]
    arguments = ["serve", *ports, "--auth", "iam"]
    arguments += [word for each in parameters for word in ("--parameter", each)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("starting")
            invitation = []
            for line in process.stdout:
                invitation.append(line)
                if "Ctrl-C" in line:
                    break
            assert "whsec_" in "".join(invitation)
            yield process, f"http://127.0.0.1:{s3_port}", f"http://127.0.0.1:{api_port}"
        finally:
            process.kill()


def children_of(pid: int) -> set[int]:
    """The processes that a process has started."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return {int(child) for child in listed.stdout.split()} - {pid}


def put(s3_url: str, key: str, data: bytes) -> None:
    """Upload an object as a client with any credentials does."""
    upload = urllib.request.Request(
        f"{s3_url}/image-pipeline-uploadsbucket-local/{key}",
        data,
        {
            "Authorization": "AWS4-HMAC-SHA256 "
            "Credential=local/20260501/us-east-1/s3/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "Content-Type": "image/jpeg",
        },
        method="PUT",
    )
    with urllib.request.urlopen(upload, timeout=60):
        pass


@pytest.mark.slow
def test_serve_tells_of_each_upload_until_it_is_stopped(
    served: tuple[subprocess.Popen[str], str, str], hooks: Receiver
) -> None:
    process, s3_url, api_url = served
    for key in ("elsewhere/ignored.jpg", "uploads/mine.jpg"):
        put(s3_url, key, gradient_file())
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "uploads/mine.jpg" in line:
            break
    assert "approved" in lines[-1]
    (ignored,) = (line for line in lines if "elsewhere/ignored.jpg" in line)
    assert "only objects below uploads/ are processed" in ignored
    for key in ("mine.jpg", "sample.jpg"):
        image = web.image_by_key(api_url, f"uploads/{key}")
        assert image
        assert image["status"] == "approved"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{api_url}/images?key=uploads/mine.jpg", timeout=60)
    await_condition(lambda: any(b'"uploads/mine.jpg"' in each.body for each in hooks.requests))
    children = children_of(process.pid)
    assert children
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert "stopped; uploads processed: 1" in process.stdout.read()
    assert process.stderr
    assert "Traceback" not in process.stderr.read()
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
