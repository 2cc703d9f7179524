"""Encodes HTML forms with a file as browsers do."""

from __future__ import annotations

import uuid


def multipart_form(
    fields: dict[str, str], file: bytes, filename: str = "photo.jpg"
) -> tuple[bytes, str]:
    """Encode a form; return its body and Content-Type. The file comes last, as S3 requires."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
    )
    body = b"".join([*parts, file, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"
