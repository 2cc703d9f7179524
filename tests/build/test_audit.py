"""The audit finds vulnerable packages, and reports when it cannot audit."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.build.audit import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def service(vulnerable: set[tuple[str, str]]) -> Iterator[str]:
    """Serve answers in the format of api.osv.dev."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = (asked["package"]["name"], asked["version"]) in vulnerable
            advisory = {"id": "GHSA-test", "summary": "bad", "details": "bad", "affected": []}
            body = json.dumps({"vulns": [advisory]} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


CONTROL = ("pillow", "9.0.0")


@pytest.fixture
def lock(tmp_path: Path) -> str:
    path = tmp_path / "lock.txt"
    pins = [
        f"{name} \\\n    --hash=sha256:{'0' * 64}\n" for name in ("six==1.17.0", "wrapt==2.5.2")
    ]
    path.write_text("".join(pins))
    return str(path)


@pytest.mark.parametrize(
    ("vulnerable", "code"), [({CONTROL}, 0), ({CONTROL, ("wrapt", "2.5.2")}, 1)]
)
def test_a_vulnerable_package_fails(
    lock: str, capsys: pytest.CaptureFixture[str], vulnerable: set[tuple[str, str]], code: int
) -> None:
    with service(vulnerable) as url:
        assert main([lock, "--osv-url", url]) == code
    said = capsys.readouterr().out
    assert ("GHSA-test" in said, "wrapt" in said) == (bool(code), bool(code))
    assert "SKIPPED" not in said


def test_an_unusable_service_is_reported_as_skipped(
    lock: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(set()) as url:
        assert main([lock, "--osv-url", url]) == 0
        assert "SKIPPED" in capsys.readouterr().out
    assert main([lock, "--osv-url", url]) == 0  # the server is closed
    assert "SKIPPED" in capsys.readouterr().out
