"""The console: its answers, its policy, its files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.answers import Console, accepts_gzip
from console.assets import ENTRY, STYLES, Assets
from console.configuration import configuration
from console.policy import security_headers
from console.sign_in import SignIn, UnreachableError, client_of_pool, of_issuer, of_pool
from pictures.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Context

FOLDER = Path(__file__).parents[2] / "functions" / "console" / "assets"
VENDORED = "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"
UPLOADS = "https://up.s3.eu-west-1.amazonaws.com"
RENDITIONS = ["https://out.s3.eu-west-1.amazonaws.com", "https://d1.cloudfront.net"]
POOL = "https://who.auth.eu-west-1.amazoncognito.com"
RESOURCE = "https://image-pipeline.invalid/one"
DISCOVERED = {
    "authorization_endpoint": "https://accounts.example/authorize",
    "token_endpoint": "https://tokens.example/token?of=1",
    "end_session_endpoint": "https://accounts.example/logout",
}


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets(FOLDER)


@pytest.fixture(scope="module")
def console(assets: Assets) -> Console:
    return _console(assets, lambda: of_pool(POOL, "client", RESOURCE))


def _console(assets: Assets, sign_in: Callable[[], SignIn | None]) -> Console:
    return Console(assets, UPLOADS, RENDITIONS, 52_428_800, sign_in)


def ask(console: Console, key: str, encoding: str = "", **parameters: str) -> dict[str, Any]:
    return console.answer(
        {
            "routeKey": f"GET {key}",
            "headers": {"accept-encoding": encoding} if encoding else {},
            **({"pathParameters": parameters} if parameters else {}),
        }
    )


def file(console: Console, assets: Assets, path: str, **given: str) -> dict[str, Any]:
    digest = given.pop("digest", assets.digest)
    return ask(console, "/console/assets/{digest}/{path+}", digest=digest, path=path, **given)


def test_the_page_is_checked_each_time_and_names_its_files_by_their_digest(
    console: Console, assets: Assets
) -> None:
    answer = ask(console, "/console/")
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert answer["headers"]["cache-control"] == "no-cache"
    named = re.findall(r'(?:src|href)="([^"]+)"', answer["body"])
    prefix = f"assets/{assets.digest}/"
    assert named
    assert all(each.startswith(prefix) for each in named)
    assert {each.removeprefix(prefix) for each in named} <= set(assets.names())


def test_without_a_trailing_slash_the_page_is_found_all_the_same(console: Console) -> None:
    answer = ask(console, "/console")
    # Relative, because a custom domain may have a base path.
    assert (answer["statusCode"], answer["headers"]["location"]) == (308, "console/")


def test_every_file_is_valid_for_a_year(console: Console, assets: Assets) -> None:
    for name in assets.names():
        answer = file(console, assets, name)
        assert answer["statusCode"] == 200, name
        assert answer["headers"]["cache-control"] == "public, max-age=31536000, immutable"
        if name not in {ENTRY, STYLES}:
            assert answer["body"].encode() == (FOLDER / name).read_bytes()


@pytest.mark.parametrize(
    ("digest", "path"),
    [
        ("0123456789abcdef", "app.js"),
        ("", "app.js"),
        (None, "nothing.js"),
        (None, "index.html"),
        (None, "../handler.py"),
        (None, "/etc/passwd"),
        (None, ""),
    ],
)
def test_nothing_but_the_files_of_this_deployment_is_found(
    console: Console, assets: Assets, digest: str | None, path: str
) -> None:
    given = assets.digest if digest is None else digest
    answer = file(console, assets, path, digest=given)
    assert answer["statusCode"] == 404
    # A file that an update brings in a moment is asked for again.
    assert answer["headers"]["cache-control"] == "no-store"
    assert ask(console, "/console/else")["statusCode"] == 404


def test_the_digest_changes_with_every_file_and_name(tmp_path: Path) -> None:
    def digest(**files: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, text in {"index": "", **files}.items():
            (folder / f"{name}.html").write_text(text)
        return Assets(folder).digest

    found = [digest(), digest(a=""), digest(b=""), digest(a="b"), digest(a="", b=""), digest(ab="")]
    assert len(set(found)) == len(found)
    assert digest(a="b") == found[3]
    assert re.fullmatch("[0-9a-f]{16}", found[0])


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br, gzip;q=0.5", "deflate,gzip"])
def test_answers_are_compressed_for_whoever_accepts_it(
    console: Console, assets: Assets, encoding: str
) -> None:
    answer = ask(console, "/console/", encoding)
    assert answer["headers"]["content-encoding"] == "gzip"
    assert answer["isBase64Encoded"]
    sent = gzip.decompress(base64.b64decode(answer["body"])).decode()
    assert sent == ask(console, "/console/")["body"]
    assert answer["headers"]["vary"] == ask(console, "/console/")["headers"]["vary"]


@pytest.mark.parametrize("encoding", ["", "br", "gzip;q=0", "gzip; q=0.0", "x-gzip2", "identity"])
def test_others_get_the_text(encoding: str) -> None:
    assert not accepts_gzip(encoding)


def test_the_page_may_talk_to_the_stack_and_to_nobody_else(console: Console) -> None:
    policy = ask(console, "/console/")["headers"]["content-security-policy"]
    directives = dict(each.split(" ", 1) for each in policy.split("; "))
    buckets = "https://out.s3.eu-west-1.amazonaws.com https://d1.cloudfront.net"
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": f"'self' https://up.s3.eu-west-1.amazonaws.com {buckets}"
        " https://who.auth.eu-west-1.amazoncognito.com",
        "img-src": f"'self' blob: {buckets}",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


@pytest.mark.parametrize("key", ["/console", "/console/", "/console/config.json", "/elsewhere"])
def test_every_answer_is_restricted(console: Console, key: str) -> None:
    ask(console, "/console/")  # learns how to sign in
    headers = ask(console, key)["headers"]
    assert security_headers(UPLOADS, RENDITIONS, POOL).items() <= headers.items()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_policy_names_hosts_without_paths_once() -> None:
    """Offline, both buckets have the same host, and a path in a source would be a prefix."""
    local = "http://127.0.0.1:4566"
    policy = security_headers(f"{local}/uploads", [f"{local}/renditions"], None)
    assert f"connect-src 'self' {local};" in policy["content-security-policy"]


def test_the_page_contains_nothing_that_its_policy_forbids(assets: Assets) -> None:
    page = assets.page.plain.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_the_configuration_is_read_anew(console: Console) -> None:
    answer = ask(console, "/console/config.json")
    assert answer["headers"]["cache-control"] == "no-store"
    body = json.loads(answer["body"])
    assert body["api"] == ".."
    assert body["max_upload_bytes"] == 52_428_800
    assert ".jpg" in body["formats"]["accept"].split(",")


def configured(console: Console) -> Any:
    answer = ask(console, "/console/config.json")
    assert answer["statusCode"] == 200
    return json.loads(answer["body"])["sign_in"]


def test_an_open_api_needs_no_sign_in(assets: Assets) -> None:
    console = _console(assets, lambda: None)
    assert configured(console) is None
    policy = ask(console, "/console/")["headers"]["content-security-policy"]
    assert f"connect-src 'self' {UPLOADS} {' '.join(RENDITIONS)};" in policy


def test_people_sign_in_to_the_pool_of_the_stack(console: Console) -> None:
    assert configured(console) == {
        "authorize": f"{POOL}/oauth2/authorize",
        "token": f"{POOL}/oauth2/token",
        "logout": f"{POOL}/logout",
        "client_id": "client",
        # The pool adds those of the API by the groups of a person.
        "scopes": "openid",
        "resource": RESOURCE,
        "stand_in": False,
    }


def test_the_client_is_found_by_its_name() -> None:
    clients = [{"ClientName": "other", "ClientId": "1"}, {"ClientName": "console", "ClientId": "2"}]
    assert client_of_pool("pool", lambda **_: {"UserPoolClients": clients}) == "2"
    with pytest.raises(UnreachableError):
        client_of_pool("pool", lambda **_: {"UserPoolClients": clients[:1]})


def test_people_sign_in_where_another_issuer_says(assets: Assets) -> None:
    asked = []

    def read(url: str) -> Any:
        asked.append(url)
        return DISCOVERED

    console = _console(assets, lambda: of_issuer("https://issuer.example/", "page", read))
    found = configured(console)
    assert found["authorize"] == DISCOVERED["authorization_endpoint"]
    assert found["logout"] == DISCOVERED["end_session_endpoint"]
    assert found["client_id"] == "page"
    assert found["scopes"].split() == ["openid", "images:read", "images:write", "images:review"]
    # The host that the page asks for tokens, which may be another than that of the issuer.
    assert (
        " https://tokens.example;"
        in ask(console, "/console/")["headers"]["content-security-policy"]
    )
    assert asked == ["https://issuer.example/.well-known/openid-configuration"]


@pytest.mark.parametrize("found", [{}, [], {**DISCOVERED, "token_endpoint": None}, OSError("down")])
def test_an_issuer_that_does_not_answer_is_asked_again(assets: Assets, found: Any) -> None:
    answers = [found, found, DISCOVERED]

    def read(_url: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    console = _console(assets, lambda: of_issuer("https://issuer.example", "page", read))
    # The page opens all the same, and says so.
    assert ask(console, "/console/")["statusCode"] == 200
    refused = ask(console, "/console/config.json")
    assert (refused["statusCode"], refused["headers"]["retry-after"]) == (503, "5")
    assert "sign-in" in json.loads(refused["body"])["title"]
    assert configured(console)["client_id"] == "page"


def test_the_handler_reads_its_settings(context: Context) -> None:
    from console.handler import handler

    body = json.loads(handler({"routeKey": "GET /console/config.json"}, context)["body"])  # type: ignore[arg-type]
    assert body["max_upload_bytes"] == 1_000_000
    policy = handler({"routeKey": "GET /console/"}, context)["headers"]["content-security-policy"]  # type: ignore[arg-type]
    assert "https://uploads.s3.example" in policy


def test_the_vendored_library_is_the_one_that_was_read() -> None:
    found = (FOLDER / "vendor" / "htm-preact-standalone.js").read_bytes()
    assert hashlib.sha256(found).hexdigest() == VENDORED


def test_the_page_and_its_files_fit_into_60_kilobytes(assets: Assets) -> None:
    sent = [assets.page, *(found for name in assets.names() if (found := _of(assets, name)))]
    assert sum(len(each.compressed) for each in sent) <= 60_000


def _of(assets: Assets, name: str) -> Any:
    return assets.find(assets.digest, name)


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in FOLDER.rglob("*"):
        if path.suffix in {".js", ".css", ".html"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"""(?:from|import\(|src=|href=|url\()\s*["']?https?://""", text)


def test_the_picker_offers_the_files_of_every_format() -> None:
    accepted = configuration(1, None)["formats"]["accept"].split(",")
    extensions = {each for known in FORMATS.values() for each in known.extensions}
    assert set(accepted) == {f".{each}" for each in extensions}
