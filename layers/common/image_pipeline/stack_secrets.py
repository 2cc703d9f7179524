"""The secrets that a stack uses; read when first used, never from an environment variable."""

from __future__ import annotations

from functools import cache

from image_pipeline import aws


@cache
def read(secret: str) -> bytes:
    """Return the value of a secret, by its ARN or name; an execution environment reads it once."""
    return aws.secretsmanager().get_secret_value(SecretId=secret)["SecretString"].encode()
