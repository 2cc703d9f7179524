"""The secret that signs webhooks: read when first needed, and again every five minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline import aws
from image_pipeline.observability import logger
from webhook.signature import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_FRESH = 300
_SECONDS_OF_BOTH = 24 * 3600
_NONE_BEFORE = "ResourceNotFoundException"


@dataclass
class Secret:
    """A secret of Secrets Manager.

    For a day after a new value was put, the one before it signs as well, so that receivers can be
    given the new one meanwhile.

    Args:
        arn: of the secret.
        clock: seconds since 1970.
    """

    arn: str
    clock: Callable[[], float] = time.time
    _keys: tuple[bytes, ...] = field(default=(), init=False)
    _read_at: float = field(default=0.0, init=False)

    def keys(self) -> tuple[bytes, ...]:
        """Return the keys to sign with, the newest first.

        Raises:
            ConfigError: the secret is not one of Standard Webhooks.
            ClientError, BotoCoreError: it cannot be read, and never was.
        """
        if self.clock() - self._read_at < _SECONDS_FRESH:
            return self._keys
        try:
            self._keys = self._read()
        except (ClientError, BotoCoreError) as error:
            if not self._keys:
                raise
            logger.warning("the secret is not read again", extra={"why": str(error)})
        self._read_at = self.clock()
        return self._keys

    def _read(self) -> tuple[bytes, ...]:
        client = aws.secretsmanager()
        current = client.get_secret_value(SecretId=self.arn)
        keys = [key_of(current["SecretString"])]
        if self.clock() - current["CreatedDate"].timestamp() < _SECONDS_OF_BOTH:
            try:
                before = client.get_secret_value(SecretId=self.arn, VersionStage="AWSPREVIOUS")
            except ClientError as error:
                if error.response["Error"]["Code"] != _NONE_BEFORE:
                    raise
            else:
                keys.append(key_of(before["SecretString"]))
        return tuple(keys)
