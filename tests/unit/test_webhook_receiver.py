"""What counts as an answer of a webhook's receiver, tried with real servers."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from image_pipeline.errors import ConfigError
from tests.support.webhook_receivers import Received, Reply, misbehaving, read_request, receiving
from webhook import receiver as module
from webhook.receiver import Answer, NoAnswerError, Receiver

if TYPE_CHECKING:
    import threading
    from pathlib import Path

SOON = 0.3
"""Seconds of the time limit, where it is to be reached."""


def post(url: str, seconds: float = 30.0) -> Answer:
    return replace(Receiver.at(url), seconds=seconds).post(b'{"a":1}', {"x-one": "1"})


def test_the_body_is_posted_as_it_is_to_path_and_query() -> None:
    with receiving(lambda _: Reply(202, body=b"thanks")) as receiver:
        assert post(f"{receiver.url}?a=b%20c") == Answer(202)
    (request,) = receiver.requests
    assert request.path == "/hooks?a=b%20c"
    assert request.body == b'{"a":1}'
    assert request.headers["x-one"] == "1"
    assert request.headers["host"] == receiver.url.split("/")[2]


@pytest.mark.parametrize("status", [200, 201, 204, 299, 400, 404, 410, 429, 500, 503])
def test_only_2xx_is_success(status: int) -> None:
    with receiving(lambda _: Reply(status, {"retry-after": "7"})) as receiver:
        answer = post(receiver.url)
    assert (answer.status, answer.retry_after) == (status, "7")
    assert answer.is_success == (status < 300)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with receiving() as elsewhere:

        def redirect(_: Received) -> Reply:
            return Reply(status, {"location": elsewhere.url})

        with receiving(redirect) as receiver:
            assert not post(receiver.url).is_success
    assert len(receiver.requests) == 1
    assert elsewhere.requests == []


def answering(data: bytes, *, then_wait: bool = False) -> object:
    """Behave like a server that sends some bytes, and then closes or keeps the connection."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(data)
        if then_wait:
            over.wait()

    return behave


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "RemoteDisconnected"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "BadStatusLine"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "BadStatusLine"),
        (HEAD + b"content-length: 100\r\n\r\nhalf", "truncated"),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nab", "IncompleteRead"),
        (HEAD + b"x: " + b"y" * 70_000, "LineTooLong"),
        (HEAD + b"x: y\r\n" * 200 + b"\r\n", "HTTPException"),
        (HEAD + b"\r\n" + b"x" * 200_000, "longer than 64 KiB"),
        (HEAD + b"content-length: 100000000\r\n\r\n" + b"x" * 200_000, "longer than 64 KiB"),
    ],
)
def test_half_an_answer_or_a_huge_one_is_none(data: bytes, why: str) -> None:
    with misbehaving(answering(data)) as url, pytest.raises(NoAnswerError, match=why):  # type: ignore[arg-type]
        post(url)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 2",
        HEAD + b"content-length: 100\r\n\r\nhalf",
        # An answer like this ends with the connection, which the time limit ends as well.
        HEAD + b"\r\nhalf",
        HEAD + b"connection: close\r\n\r\nhalf",
    ],
)
def test_an_answer_that_does_not_end_is_none(data: bytes) -> None:
    with (
        misbehaving(answering(data, then_wait=True)) as url,  # type: ignore[arg-type]
        pytest.raises(NoAnswerError, match=f"no complete answer within {SOON:g} s"),
    ):
        post(url, SOON)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_trickles_has_no_more_time_than_another(scheme: str) -> None:
    """Also while the TLS handshake trickles: a record of 16 KB is announced."""

    def trickle(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        data = b"\x16\x03\x03\x40\x00" + b"\x02" * 1000 if scheme == "https" else HEAD * 1000
        for one in data:
            connection.sendall(bytes([one]))
            if over.wait(0.02):
                return

    start = time.monotonic()
    with misbehaving(trickle) as url, pytest.raises(NoAnswerError, match="no complete answer"):
        post(url.replace("http", scheme, 1), SOON)
    assert time.monotonic() - start < 20  # seconds; all of it would take twenty or more


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NoAnswerError, match="Connection refused"):
        post(f"http://127.0.0.1:{port}/")


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(NoAnswerError, match="gaierror"):
        post("https://no-such-host.invalid/")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with the key and the certificate of localhost, which signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(
    ("host", "is_trusted", "why"),
    [
        ("localhost", True, None),
        ("localhost", False, "CERTIFICATE_VERIFY_FAILED"),
        ("127.0.0.1", True, "IP address mismatch"),
    ],
)
def test_certificates_are_verified(
    host: str, is_trusted: bool, why: str | None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def behave(connection: socket.socket, _: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as line:
            read_request(line)
            line.sendall(HEAD + b"content-length: 0\r\n\r\n")

    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    module._tls.cache_clear()
    try:
        with misbehaving(behave) as url:
            secure = url.replace("http://127.0.0.1", f"https://{host}")
            if why is None:
                assert post(secure) == Answer(200)
            else:
                with pytest.raises(NoAnswerError, match=why):
                    post(secure)
    finally:
        module._tls.cache_clear()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", ("a.example", 443, "/", True)),
        ("https://a.example:8443/in?key=b", ("a.example", 8443, "/in?key=b", True)),
        ("http://127.0.0.1:1/x", ("127.0.0.1", 1, "/x", False)),
        ("https://[::1]/", ("::1", 443, "/", True)),
    ],
)
def test_the_parts_of_a_url(url: str, expected: tuple[str, int, str, bool]) -> None:
    found = Receiver.at(url)
    assert (found.host, found.port, found.target, found.uses_tls) == expected


@pytest.mark.parametrize("url", ["", "a.example", "ftp://a.example/", "https://", "https://a:x/"])
def test_what_is_not_a_url_fails_the_deployment(url: str) -> None:
    with pytest.raises(ConfigError, match="WEBHOOK_URL"):
        Receiver.at(url)
