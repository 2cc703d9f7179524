"""Multipart uploads as S3 has them: unknown ones are refused, and completing is idempotent.

moto fails with a KeyError for an upload that was completed or aborted, and completes parts in any
order. docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from moto.s3.exceptions import InvalidPartOrder, MalformedXML, NoSuchUpload
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_completing = threading.RLock()
_BACKEND: Any = S3Backend
_RESPONSE: Any = S3Response


@contextmanager
def multipart_uploads() -> Iterator[None]:
    """Context manager in which moto's S3 refuses what S3 refuses."""
    with ExitStack() as patches:
        complete = _completed(_BACKEND.complete_multipart_upload)
        for owner, name, replacement in (
            (S3Backend, "complete_multipart_upload", complete),
            (S3Backend, "upload_part", _known(_BACKEND.upload_part)),
            (S3Backend, "list_parts", _known(_BACKEND.list_parts)),
            (S3Response, "_complete_multipart_body", _read(_RESPONSE._complete_multipart_body)),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


def _known(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def respond(
        backend: Any, bucket_name: str, multipart_id: str, *rest: Any, **options: Any
    ) -> Any:
        if multipart_id not in backend.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return genuine(backend, bucket_name, multipart_id, *rest, **options)

    return respond


def _completed(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def complete(backend: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
        with _completing:
            bucket = backend.get_bucket(bucket_name)
            if multipart_id in bucket.multiparts:
                return genuine(backend, bucket_name, multipart_id, body)
        raise NoSuchUpload(upload_id=multipart_id)

    return complete


def _read(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def read(response: Any, body: bytes) -> Iterator[tuple[int, str]]:
        try:
            parts = list(genuine(response, body))
        except (AttributeError, IndexError, SyntaxError, ValueError) as error:
            raise MalformedXML from error
        numbers = [number for number, _ in parts]
        if numbers != sorted(set(numbers)):
            raise InvalidPartOrder
        return iter(parts)

    return read
