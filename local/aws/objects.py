"""Objects in moto's S3: found and listed under any key, with the same versions in every run."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from moto.core.responses import ActionResult
from moto.moto_server import werkzeug_app
from moto.moto_server.utilities import RegexConverter
from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

from local.aws.seams import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.routing import Map

_LISTED = {"Versions": "Key", "DeleteMarkers": "Key", "CommonPrefixes": "Prefix"}


@contextmanager
def any_object() -> Iterator[None]:
    """While it is open, moto's S3 takes objects as S3 does."""
    with ExitStack() as seams:
        seams.enter_context(replaced(werkzeug_app, "RegexConverter", _AnyKey))
        seams.enter_context(replaced(S3Response, "serialized", _serialized))
        seams.enter_context(replaced(FakeKey, "__init__", _counting_versions()))
        yield


class _AnyKey(RegexConverter):
    """Finds objects with a line break in their key, too."""

    def __init__(self, url_map: Map, *items: str) -> None:
        super().__init__(url_map, *items)
        self.regex = f"(?s:{self.regex})"


def _serialized(response: Any, answer: ActionResult) -> Any:
    """Encode the keys of a list of versions, if asked to: some characters do not exist in XML."""
    listing: Any = answer.result
    asked = response.querystring.get("encoding-type") == ["url"]
    if asked and response.data.get("Action") == "ListObjectVersions":
        encoded = {
            name: [{**each, key: quote(each[key])} for each in listing.get(name, [])]
            for name, key in _LISTED.items()
        } | {
            name: quote(listing[name])
            for name in ("Prefix", "KeyMarker", "NextKeyMarker")
            if listing.get(name)
        }
        answer = ActionResult({**listing, **encoded, "EncodingType": "url"})
    return super(S3Response, response).serialized(answer)


def _counting_versions() -> Callable[..., None]:
    """Makes an object whose version is named after bucket, key and number."""
    genuine: Any = FakeKey.__init__
    numbers: dict[tuple[str | None, str], Iterator[int]] = defaultdict(count)

    def make(made: Any, *arguments: Any, **options: Any) -> None:
        genuine(made, *arguments, **options)
        if made._is_versioned:
            number = next(numbers[made.bucket_name, made.name])
            named = f"{made.bucket_name}/{made.name}/{number}".encode(errors="surrogatepass")
            made._version_id = hashlib.sha256(named).hexdigest()[:32]

    return make
