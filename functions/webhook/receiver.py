"""The receiver of webhooks: one POST, with one time limit for everything that it takes.

`http.client` has a timeout for each wait only, and follows no redirect.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from image_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 15.0
"""Time for name, connection, TLS, request and the whole answer."""

_LONGEST_ANSWER = 64 * 1024
_UNSEEN = re.compile(r"[^ -~]+")


class NoAnswerError(Exception):
    """The receiver gave no complete answer; the message says why, without its address."""


@dataclass(frozen=True)
class Answer:
    """What a receiver answered; its body is read, but not kept.

    Args:
        status: the status code.
        retry_after: the header `Retry-After`, if there is one.
    """

    status: int
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the webhook is delivered."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Receiver:
    """Where webhooks are sent.

    Args:
        host: name or address.
        port: of the connection.
        target: path and query.
        uses_tls: false only for a receiver on the machine of a developer.
        seconds: the time limit.
    """

    host: str
    port: int
    target: str
    uses_tls: bool
    seconds: float = SECONDS

    @classmethod
    def at(cls, url: str) -> Receiver:
        """Return the receiver at a URL.

        Raises:
            ConfigError: the URL is not one of HTTP.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigError("WEBHOOK_URL is not a URL") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError("WEBHOOK_URL is not an https URL")
        uses_tls = parts.scheme == "https"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname, port or (443 if uses_tls else 80), target, uses_tls)

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and read the whole answer.

        Raises:
            NoAnswerError: there was none within the time limit, or it was too long or malformed.
        """
        connection = _Connection(self)
        clock = threading.Timer(self.seconds, connection.cut)
        clock.daemon = True
        clock.start()
        try:
            connection.request("POST", self.target, body, dict(headers))
            answer = connection.getresponse()
            length = len(answer.read(_LONGEST_ANSWER + 1))
            is_incomplete = bool(answer.length)  # bytes that were announced and have not arrived
        except (OSError, http.client.HTTPException, ValueError) as error:
            # The time limit of a single wait is the same, and may end before the clock.
            is_late = connection.is_cut or isinstance(error, TimeoutError)
            raise NoAnswerError(_late(self) if is_late else _why(error)) from error
        finally:
            clock.cancel()
            connection.close()
        if connection.is_cut:  # which looks like the end of an answer without a length
            raise NoAnswerError(_late(self))
        if length > _LONGEST_ANSWER:
            raise NoAnswerError("the answer is longer than 64 KiB")
        if is_incomplete:
            raise NoAnswerError("the answer is truncated")
        return Answer(answer.status, answer.getheader("Retry-After"))


class _Connection(http.client.HTTPConnection):
    """A connection that another thread can cut, whatever it is waiting for."""

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(receiver.host, receiver.port, timeout=receiver.seconds)
        self._uses_tls = receiver.uses_tls
        # Its own reference: `http.client` drops `sock` while an answer is still being read.
        self._line: socket.socket | None = None
        self.is_cut = False
        self.default_port = 443 if receiver.uses_tls else 80  # left out of the header `Host`

    def connect(self) -> None:
        """Open the connection."""
        super().connect()
        self._line = self.sock
        if self._uses_tls:
            # The handshake may hang, too, so the line is known before it begins.
            line = _tls().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self._line = line
            line.do_handshake()
        if self.is_cut:
            raise TimeoutError

    def cut(self) -> None:
        """Make every wait of the connection end at once."""
        self.is_cut = True
        if self._line is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which changes what the waiting thread works with.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _late(receiver: Receiver) -> str:
    return f"no complete answer within {receiver.seconds:g} s"


def _why(error: Exception) -> str:
    """Describe an error in one short line."""
    text = _UNSEEN.sub(" ", str(error)).strip()[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
