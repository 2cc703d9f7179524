"""`python -m local` as people and scripts call it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from local import web
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


def call(*arguments: str | bytes, cwd: Path = ROOT, **options: Any) -> Any:
    """A finished process, its output as bytes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_PROFILE": "not-there"}
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        timeout=180,
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "no such file.jpg"],
        ["run", "empty"],
        ["run", ""],
        ["run", "pipe"],
        ["run", "loop"],
        ["run", "dangling"],
        ["run", "folder-with-dangling"],
        ["run", "there.jpg", "--sample"],
        ["run", "there.jpg", "--out", "there.jpg"],
        ["run", "there.jpg", "--moderation", "Ugliness=90"],
        ["run", "there.jpg", "--moderation", "Violence=900"],
        ["run", "there.jpg", "--moderation", "Violence"],
        ["run", "there.jpg", "--parameter", "StoreGps"],
        ["serve", "--api-port", "70000"],
        ["fly"],
    ],
)
def test_what_makes_no_sense_is_answered_in_a_line(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "there.jpg").write_bytes(gradient_file())
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "folder-with-dangling").mkdir()
    (tmp_path / "folder-with-dangling" / "dangling").symlink_to("nowhere")
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    last = done.stderr.decode().strip().splitlines()[-1]
    assert last.startswith("local")
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_parameter_that_the_template_refuses_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "there.jpg").write_bytes(gradient_file())
    done = call("run", "there.jpg", "--parameter", "StoreGps=maybe", cwd=tmp_path)
    assert done.returncode == 2
    assert "StoreGps" in done.stderr.decode().splitlines()[-1]
    assert b"Traceback" not in done.stderr


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


def test_json_has_one_item_for_every_file(tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / "pictures" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gradient_file())
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    (tmp_path / "pictures" / "again").symlink_to(tmp_path / "pictures")  # a loop of folders
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "plain.jpg").write_bytes(gradient_file(size=(300, 400)))
    done = call(
        *("run", "pictures", "other/plain.jpg", "pictures/plain.jpg", "--json", "--out", "saved"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)
    assert len(items) == len(NAMES) + 2
    assert {frozenset(item) for item in items} == {
        frozenset({"file", "image_id", "status", "reason", "seconds", "states", "image"})
    }
    by_file = {os.fsencode(item["file"]): item for item in items}
    assert set(by_file) == {b"pictures/" + name for name in NAMES} | {
        b"pictures/notes.txt",
        b"other/plain.jpg",
    }
    assert len({item["image_id"] for item in items}) == len(items)
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
        assert saved == {"thumbnail.webp", "medium.webp", "large.webp", "preview.jpg"}
    other = by_file[b"other/plain.jpg"]
    assert other["image"]["source"]["height"] == 400
    with Image.open(tmp_path / "saved" / other["image_id"] / "preview.jpg") as preview:
        assert preview.size == (240, 320)
    assert b"stand-in" in done.stderr


def test_a_picture_that_fails_makes_the_run_fail_and_the_table_says_why(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(gradient_file())
    # Passes the template's own pattern, and no function can work with it.
    broken = "Renditions=tiny=1x1:cover:webp:900"
    done = call("run", "photo.jpg", "--verbose", "--parameter", broken, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    heading, row, remark, notice = done.stdout.decode().splitlines()
    assert heading.split()[:2] == ["file", "status"]
    assert row.split()[:2] == ["photo.jpg", "failed"]
    assert "ConfigError" in remark
    assert "tiny=1x1:cover:webp:900" in remark
    assert "stand-in" in notice
    assert b"ThumbnailFunction: " in done.stderr


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A running `serve`, the address of its AWS APIs and that of its HTTP API."""
    s3_port, api_port = free_ports(2)
    ports = ["--s3-port", str(s3_port), "--api-port", str(api_port)]
    arguments = ["serve", *ports, "--auth", "iam"]
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
            for line in process.stdout:
                if "Ctrl-C" in line:
                    break
            yield process, f"http://127.0.0.1:{s3_port}", f"http://127.0.0.1:{api_port}"
        finally:
            process.kill()


def children_of(pid: int) -> set[int]:
    """The processes that a process has started."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return {int(child) for child in listed.stdout.split()} - {pid}


def test_serve_tells_of_each_picture_until_it_is_stopped(
    served: tuple[subprocess.Popen[str], str, str],
) -> None:
    process, s3_url, api_url = served
    bucket = "image-pipeline-uploadsbucket-local"
    upload = urllib.request.Request(
        f"{s3_url}/{bucket}/uploads/mine.jpg",
        gradient_file(),
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
    assert process.stdout
    line = next(line for line in process.stdout if "uploads/mine.jpg" in line)
    assert "approved" in line
    for key in ("mine.jpg", "sample.jpg"):
        image = web.image_by_key(api_url, f"uploads/{key}")
        assert image
        assert image["status"] == "approved"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{api_url}/images?key=uploads/mine.jpg", timeout=60)
    children = children_of(process.pid)
    assert children
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert process.stderr
    assert "Traceback" not in process.stderr.read()
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = call("serve", "--api-port", "0", "--s3-port", port, cwd=tmp_path)
    assert done.returncode == 2
    assert port in done.stderr.decode().splitlines()[-1]
    assert b"Traceback" not in done.stderr
