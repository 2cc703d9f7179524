"""Pure checks of what the stack answers: each returns what is wrong, in words."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.smoke.pictures import Expected
    from ops.smoke.subscriber import Message

_OK = 200
_SAME_MACHINE = {"localhost": "127.0.0.1"}


@dataclass(frozen=True)
class Host:
    """The host that rendition URLs have to name.

    Args:
        bucket: the name of the renditions bucket.
        endpoint: netloc of S3 in the region of the stack.
        delivery: netloc of CloudFront, if it delivers the renditions of the stack.
    """

    bucket: str
    endpoint: str
    delivery: str | None = None

    def problem(self, url: str) -> str | None:
        """Return what is wrong with the host of a URL; None if it is the one that delivers."""
        host = _plain(urlsplit(url).netloc)
        if self.delivery is not None:
            expected = _plain(self.delivery)
            return None if host == expected else f"a URL names {host}, not {expected}"
        endpoint = _plain(self.endpoint)
        # Path style is for an emulator: S3 accepts it only from older buckets.
        allowed = {f"{self.bucket}.{endpoint}", *([endpoint] if ":" in endpoint else [])}
        if host in allowed:
            return None
        return f"a URL names {host}, not {self.bucket}.{endpoint}"


def message_problems(message: Message, expected: Expected, version_id: str | None) -> Iterator[str]:
    """Compare a message with the outcome that it should announce."""
    body = message.body
    found = (body.get("status"), body.get("reason"))
    if found != (expected.status, expected.reason):
        said = body.get("message", "")
        yield f"announced as {found[0]} ({found[1] or 'no reason'}), not {expected}: {said}"
    if version_id and body.get("version_id") != version_id:
        yield f"the message is about version {body.get('version_id')}, not {version_id}"
    attributes = {"status": body.get("status"), "reason": body.get("reason") or "none"}
    for name, value in attributes.items():
        if message.attributes.get(name) != value:
            yield f"the attribute {name} of the message is {message.attributes.get(name)}"


def record_problems(
    image: dict[str, Any] | None, expected: Expected, version_id: str | None
) -> Iterator[str]:
    """Compare the API's answer with the outcome that it should show."""
    if image is None:
        yield "the API knows no such image"
        return
    if (image.get("status"), image.get("reason")) != (expected.status, expected.reason):
        yield f"the API says {image.get('status')} ({image.get('reason') or 'no reason'})"
    version = image.get("source", {}).get("version_id", version_id)
    if version_id and version != version_id:
        yield f"the API shows version {version}, not {version_id}"
    if bool(image.get("renditions")) != expected.has_renditions:
        yield f"the API returns {len(image.get('renditions', []))} renditions"


def rendition_problem(declared: dict[str, Any], status: int, data: bytes) -> str | None:
    """Compare a downloaded rendition with what the API says about it."""
    name = declared["name"]
    if status != _OK:
        return f"the URL of {name} answers {status}"
    try:
        size = _size(data, declared["content_type"])
    except (OSError, SyntaxError, ValueError) as error:
        return f"{name} cannot be decoded: {error}"
    if size != (declared["width"], declared["height"]):
        return f"{name} has {size[0]}×{size[1]} pixels"
    if len(data) != declared["bytes"]:
        return f"{name} has {len(data)} bytes, not {declared['bytes']}"
    return None


def _size(data: bytes, content_type: str) -> tuple[int, int]:
    """Decode a picture and return its size."""
    if content_type == "image/jxl":
        from pictures.decoders.jxl_image import JxlImageFile

        opened: Image.Image = JxlImageFile(io.BytesIO(data))
    else:
        opened = Image.open(io.BytesIO(data))
    with opened as picture:
        picture.load()
        if Image.MIME.get(picture.format or "", content_type) != content_type:
            message = f"it is {picture.format}, not {content_type}"
            raise ValueError(message)
        return picture.size


def _plain(netloc: str) -> str:
    host, colon, port = netloc.partition(":")
    return _SAME_MACHINE.get(host, host) + colon + port
