"""TCP ports on this machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from local.errors import UsageError


class PortInUseError(UsageError):
    """The port cannot be listened on; the message names it."""


def listening(host: str, port: int) -> socket.socket:
    """Open a socket that listens.

    Args:
        host: the address to listen on.
        port: the port, or 0 for a free one.

    Raises:
        PortInUseError: another program listens there, or this machine has no such address.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(128)
    except (OSError, UnicodeError) as error:
        opened.close()
        why = getattr(error, "strerror", None) or error
        message = f"cannot listen on {host}:{port}: {why}"
        raise PortInUseError(message) from error
    return opened


def require_free(host: str, *ports: int) -> None:
    """Check that all ports can be listened on at once.

    Raises:
        PortInUseError: one of them cannot.
    """
    with ExitStack() as sockets:
        for port in ports:
            sockets.enter_context(listening(host, port))
