"""Objects in moto's S3: any key works, version ids repeat in every run, listings race nothing."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from moto.core.responses import ActionResult
from moto.moto_server import werkzeug_app
from moto.moto_server.utilities import RegexConverter
from moto.s3.responses import S3Response
from moto.s3.utils import _VersionedKeyStore

from local.aws.moto_patches import replaced
from local.aws.multipart import multipart_uploads
from local.aws.versions import versioned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.routing import Map

_LISTED = {"Versions": "Key", "DeleteMarkers": "Key", "CommonPrefixes": "Prefix"}


@contextmanager
def any_object() -> Iterator[None]:
    """Context manager in which moto's S3 handles objects as S3 does."""
    with ExitStack() as patches:
        patches.enter_context(replaced(werkzeug_app, "RegexConverter", _AnyKey))
        patches.enter_context(replaced(S3Response, "serialized", _serialized))
        patches.enter_context(versioned())
        patches.enter_context(multipart_uploads())
        patches.enter_context(replaced(_VersionedKeyStore, "iterlists", _all_versions))
        patches.enter_context(replaced(_VersionedKeyStore, "items", _latest_versions))
        patches.enter_context(replaced(_VersionedKeyStore, "values", _latest_objects))
        yield


class _AnyKey(RegexConverter):
    """Matches keys with a line break, too."""

    def __init__(self, url_map: Map, *items: str) -> None:
        super().__init__(url_map, *items)
        self.regex = f"(?s:{self.regex})"


def _serialized(response: Any, answer: ActionResult) -> Any:
    """Encode the keys in a list of versions on request: XML cannot hold every character."""
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


# moto iterates over a copy of the keys and then looks each up, which fails for one that another
# thread has deleted meanwhile.
def _all_versions(keys: Any) -> Iterator[tuple[str, list[Any]]]:
    for key, versions in dict(keys).items():
        yield key, list(versions)


def _latest_versions(keys: Any) -> Iterator[tuple[str, Any]]:
    for key, versions in _all_versions(keys):
        if versions:
            yield key, versions[-1]


def _latest_objects(keys: Any) -> Iterator[Any]:
    for _, latest in _latest_versions(keys):
        yield latest
