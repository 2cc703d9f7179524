"""Upload forms as S3 reads them, turned into the PUT request that has the same effect.

moto ignores the tags and most other fields of a form, reads fields behind the file, needs a file
name and answers with whatever status the form names.
docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from werkzeug.sansio.multipart import Data, Field, File, MultipartDecoder, NeedData
from werkzeug.wrappers import Response

from local.aws.signatures import RefusedError
from local.aws.tagging import tags_of_xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from wsgiref.types import WSGIEnvironment

IS_FORM = "local.aws.forms"
"""Key of the WSGI environment of a request that was a form."""

_BEFORE_THE_FILE = 20_000
_HEADERS = ("cache-control", "content-disposition", "content-encoding", "content-type", "expires")
_NO_TYPE = "binary/octet-stream"


@dataclass(frozen=True)
class Form:
    """A form: its fields by lower-case name, with `${filename}` replaced, and the file."""

    fields: Mapping[str, str]
    data: bytes


def read_form(body: bytes, boundary: str) -> Form:
    """Read a form up to its file; S3 ignores the fields after that.

    Raises:
        RefusedError: it is malformed, or has no file or key.
    """
    fields: dict[str, str] = {}
    before = 0
    try:
        for name, filename, data in _parts(body, boundary):
            if name == "file":
                return Form(_completed(fields, filename or ""), data)
            before += len(name) + len(data)
            if before > _BEFORE_THE_FILE:
                message = "Your POST request fields preceding the upload file were too large."
                raise RefusedError(400, "MaxPostPreDataLengthExceeded", message)
            fields[name] = data.decode()
    except (ValueError, AssertionError, AttributeError) as error:
        message = "The body of your POST request is not well-formed multipart/form-data."
        raise RefusedError(400, "MalformedPOSTRequest", message) from error
    message = "POST requires exactly one file upload per request."
    raise RefusedError(400, "InvalidArgument", message)


def _parts(body: bytes, boundary: str) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield the name, the file name and the data of each part."""
    decoder = MultipartDecoder(boundary.encode())
    decoder.receive_data(body)
    decoder.receive_data(None)
    name, filename, data = "", None, bytearray()
    while not isinstance(event := decoder.next_event(), NeedData):
        if isinstance(event, Field | File):
            name = event.name.lower()
            filename = event.filename if isinstance(event, File) else None
            data = bytearray()
        elif isinstance(event, Data):
            data += event.data
            if not event.more_data:
                yield name, filename, bytes(data)
        elif decoder.state.name == "COMPLETE":
            return


def _completed(fields: dict[str, str], filename: str) -> dict[str, str]:
    if "key" not in fields:
        message = (
            "Bucket POST must contain a field named 'key'. If it is specified, please check the "
            "order of the fields."
        )
        raise RefusedError(400, "InvalidArgument", message)
    name = filename.replace("\\", "/").rpartition("/")[2]
    completed = {field: text.replace("${filename}", name) for field, text in fields.items()}
    if not completed["key"]:
        message = "The bucket POST must contain the specified field name."
        raise RefusedError(400, "UserKeyMustBeSpecified", message)
    return completed


def as_put(environ: WSGIEnvironment, bucket: str, form: Form) -> WSGIEnvironment:
    """Return the environment of the PUT request that stores the file.

    Raises:
        RefusedError: the tags are malformed.
    """
    path = f"/{bucket}/{form.fields['key']}"
    headers = {name: form.fields[name] for name in _HEADERS if form.fields.get(name)}
    headers |= {
        name: text
        for name, text in form.fields.items()
        if name.startswith(("x-amz-meta-", "x-amz-storage-class", "x-amz-server-side-encryption"))
    }
    if "tagging" in form.fields:
        headers["x-amz-tagging"] = urlencode(tags_of_xml(form.fields["tagging"]))
    request = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
    return request | {
        IS_FORM: True,
        "REQUEST_METHOD": "PUT",
        "HTTP_HOST": environ["HTTP_HOST"],
        # Otherwise moto refuses to replace an object.
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={form.fields['x-amz-credential']}",
        "QUERY_STRING": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "RAW_URI": quote(path),
        "REQUEST_URI": quote(path),
        "CONTENT_TYPE": headers.pop("content-type", _NO_TYPE),
        "CONTENT_LENGTH": str(len(form.data)),
        "wsgi.input": io.BytesIO(form.data),
        **{
            f"HTTP_{name.upper().replace('-', '_')}": text.encode().decode("latin-1")
            for name, text in headers.items()
        },
    }


def answer(form: Form, bucket: str, url: str, stored: Response) -> Response:
    """Answer a form whose file was stored.

    Args:
        form: as received.
        bucket: the bucket that it was posted to.
        url: of the bucket, ending with a slash.
        stored: moto's answer to the PUT request.
    """
    key, etag = form.fields["key"], stored.headers["ETag"]
    location = f"{url}{quote(key)}"
    headers = {"ETag": etag, "Location": location}
    if "x-amz-version-id" in stored.headers:
        headers["x-amz-version-id"] = stored.headers["x-amz-version-id"]
    target = form.fields.get("success_action_redirect", form.fields.get("redirect", ""))
    if urlsplit(target).scheme in {"http", "https"}:
        joint = "&" if urlsplit(target).query else "?"
        told = urlencode({"bucket": bucket, "key": key, "etag": etag})
        return Response(status=303, headers=headers | {"Location": f"{target}{joint}{told}"})
    status = form.fields.get("success_action_status", "")
    if status != "201":
        return Response(status=200 if status == "200" else 204, headers=headers)
    elements = {"Location": location, "Bucket": bucket, "Key": key, "ETag": etag}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'
    return Response(body, 201, headers, content_type="application/xml")
