"""Receivers of webhooks: real servers on this machine, well-behaved and not."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Received(NamedTuple):
    """A request: its path, its headers by lower-case name, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """An answer."""

    status: int = 204
    headers: Mapping[str, str] = {}
    body: bytes = b""


@dataclass
class Receiver:
    """A server that records requests.

    Args:
        answer: returns what to answer to a request.
    """

    answer: Callable[[Received], Reply] = lambda _request: Reply()
    requests: list[Received] = field(default_factory=list)
    url: str = ""


@contextmanager
def receiving(answer: Callable[[Received], Reply] = lambda _request: Reply()) -> Iterator[Receiver]:
    """Context manager that runs a receiver."""
    receiver = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, body)
            receiver.requests.append(request)
            reply = receiver.answer(request)
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read_request(connection: socket.socket) -> None:
    """Read a whole webhook: closing a connection with unread data would reset it."""
    received = more = connection.recv(65536)
    while more and not received.endswith(b"}"):
        received += (more := connection.recv(65536))


@contextmanager
def misbehaving(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """Context manager that runs a server on a bare socket; yields its URL.

    Args:
        behave: called with each connection, and an event that is set at the end.
    """
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behave(connection, over)

    def accept() -> None:
        with suppress(OSError):  # the listener is closed at the end
            while True:
                thread = threading.Thread(target=one, args=(listener.accept()[0],))
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [accepting, *threads]:
            thread.join()
