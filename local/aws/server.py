"""An HTTP server on this machine, stopped and cleaned up when it is closed."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from local.aws.ports import listening

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication


_SECONDS_TO_STOP = 5.0


class Server:
    """Context manager that serves a WSGI application from a thread of its own.

    Args:
        application: answers the requests.
        host: the address to listen on.
        port: the port, or 0 for a free one.
        held: whether connections wait for an answer until `release` is called.
    """

    def __init__(
        self,
        application: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        held: bool = False,
    ) -> None:
        self._held = held
        self._connections: dict[socket.socket, threading.Thread] = {}
        # werkzeug ends the whole program when it cannot bind, so the socket is bound here.
        self._socket = listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.port}"  # noqa: S104
        self._server = make_server(
            host,
            self.port,
            application,
            threaded=True,
            request_handler=_handler(self._connections),
            fd=self._socket.fileno(),
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> Self:
        if not self._held:
            self._thread.start()
        return self

    def release(self) -> None:
        """Answer from now on."""
        self._held = False
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._held:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._socket.close()
        for connection, thread in list(self._connections.items()):
            with suppress(OSError):  # already closed, unless the client keeps it alive
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_SECONDS_TO_STOP)


def _handler(connections: dict[socket.socket, threading.Thread]) -> type[MotoRequestHandler]:
    class Handler(MotoRequestHandler):
        """Handles requests without logging, and records connections and their threads."""

        def setup(self) -> None:
            for connection, thread in list(connections.items()):
                if not thread.is_alive():
                    connections.pop(connection, None)
            connections[self.request] = threading.current_thread()
            super().setup()

        def log(self, kind: str, message: str, *values: Any) -> None:
            """Log nothing: not requests, and not the traceback of an error."""

    return Handler
