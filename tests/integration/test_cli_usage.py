"""Wrong command lines are refused in one line, before anything is imported or made."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.words import split

ROOT = Path(__file__).parents[2]

# Runs each command line in a fork of one process, which has imported the command line only once.
DRIVER = """
import contextlib, io, json, os, sys
from local.cli import main

def run(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([os.fsdecode(each) for each in arguments])
        except SystemExit as done:
            code = done.code
    slow = sorted({"moto", "boto3", "samtranslator"} & set(sys.modules))
    return {"code": code, "out": out.getvalue(), "err": err.getvalue(), "slow": slow}

for arguments in json.load(sys.stdin):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, json.dumps(run(arguments)).encode())
        os._exit(0)
    os.close(write)
    print(os.read(read, 1 << 16).decode(), flush=True)
    os.wait()
"""

WRONG = [
    ["run"],
    ["run", "no such file.jpg"],
    ["run", "empty"],
    ["run", ""],
    ["run", "pipe"],
    ["run", "loop"],
    ["run", "dangling"],
    ["run", "there.jpg", "--sample"],
    ["run", "there.jpg", "--out", "there.jpg"],
    ["run", "there.jpg", "--out", "/proc"],  # a file system that takes no files
    ["run", "--sample", "--out", "/proc"],
    ["run", "there.jpg", "--moderation", "Ugliness=90"],
    ["run", "there.jpg", "--moderation", "Violence=900"],
    ["run", "there.jpg", "--moderation", "Violence"],
    ["run", "there.jpg", "--parameter", "StoreGps"],
    ["run", "there.jpg", "--parameter", "StoreGps=maybe"],
    ["run", "there.jpg", "--parameter", "NoSuchThing=1"],
    ["run", "there.jpg", "--parameter", "MaxPixels=1e3x"],
    ["run", "--words", "there.jpg missing.jpg"],
    ["serve", "--parameter", "StoreGps=maybe"],
    ["serve", "--parameter", "IdSalt={{resolve:secretsmanager:salts}}"],
    ["serve", "--api-port", "70000"],
    ["serve", "--api-port", "0", "--s3-port", "TAKEN"],
    ["serve", "--api-port", "TAKEN", "--s3-port", "0"],
    ["serve", "--host", "203.0.113.1"],
    ["fly"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("usage")
    (made / "there.jpg").write_bytes(b"never read")
    (made / "empty" / "deeper").mkdir(parents=True)
    os.mkfifo(made / "pipe")
    (made / "loop").symlink_to("loop")
    (made / "dangling").symlink_to("nowhere")
    return made


@pytest.fixture(scope="module")
def answers(folder: Path) -> list[dict[str, Any]]:
    """The answer to each wrong command line, and to `--version`."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        lines = [[port if word == "TAKEN" else word for word in line] for line in WRONG]
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_PROFILE": "not-there"},
            input=json.dumps([*lines, ["--version"]]).encode(),
            capture_output=True,
            timeout=120,
            check=True,
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [{**answer, "port": port} for answer in answers]


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[" ".join(line) for line in WRONG])
def test_a_wrong_command_line_is_refused_in_one_line(
    answers: list[dict[str, Any]], number: int
) -> None:
    answer = answers[number]
    assert answer["code"] == 2
    assert answer["out"] == ""
    assert answer["err"].splitlines()[-1].startswith("python -m local")
    assert "Traceback" not in answer["err"]


def test_a_wrong_command_line_imports_and_makes_nothing(
    answers: list[dict[str, Any]], folder: Path
) -> None:
    assert {tuple(answer["slow"]) for answer in answers} == {()}
    assert not (folder / "out").exists()


def test_a_refusal_names_what_is_wrong(answers: list[dict[str, Any]]) -> None:
    said = {tuple(line): answers[at]["err"] for at, line in enumerate(WRONG)}
    assert "StoreGps" in said["run", "there.jpg", "--parameter", "StoreGps=maybe"]
    assert "true, false" in said["run", "there.jpg", "--parameter", "StoreGps=maybe"]
    secret = "IdSalt={{resolve:secretsmanager:salts}}"
    assert "give the value itself" in said["serve", "--parameter", secret]
    assert "/proc" in said["run", "--sample", "--out", "/proc"]
    assert "pipe" in said["run", "pipe"]
    for line in WRONG:
        if "TAKEN" in line:
            assert answers[0]["port"] in said[tuple(line)]


def test_the_version_is_that_of_the_project(answers: list[dict[str, Any]]) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (declared,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    assert (answers[-1]["code"], answers[-1]["out"]) == (0, f"image-pipeline {declared}\n")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("plain.jpg", ["plain.jpg"]),
        ("it's.jpg", ["it's.jpg"]),
        ("price $5.jpg", ["price $5.jpg"]),
        ("it's.jpg plain.jpg", ["it's.jpg", "plain.jpg"]),
        ("plain.jpg 'price $5.jpg'", ["plain.jpg", "price $5.jpg"]),
        ('"it\'s.jpg" plain.jpg', ["it's.jpg", "plain.jpg"]),
        ("pl*.jpg", ["plain.jpg"]),
        ("missing.jpg plain.jpg", ["missing.jpg", "plain.jpg"]),
    ],
)
def test_names_in_one_text_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, names: list[str]
) -> None:
    for name in ("plain.jpg", "it's.jpg", "price $5.jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert split(text) == names


@pytest.mark.parametrize("name", ["it's.jpg", "price $5.jpg", 'say "hi".jpg', "50 % (a) #1.jpg"])
def test_make_passes_any_name_on(tmp_path: Path, name: str) -> None:
    """With a `.venv` whose Python only prints its arguments."""
    shown = tmp_path / ".venv" / "bin" / "python"
    shown.parent.mkdir(parents=True)
    shown.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    shown.chmod(0o755)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (tmp_path / "Makefile").write_text(makefile.replace("run: .venv/.stamp", "run:"))
    done = subprocess.run(
        ["make", "--no-print-directory", "run", f"IMAGE={name}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == ["-m", "local", "run", "--words", name]
