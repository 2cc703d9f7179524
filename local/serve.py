"""`python -m local serve`: the pipeline stays up, to be used with any tool that speaks to AWS."""

from __future__ import annotations

import json
import shlex
import time
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from local import seeds, web
from local.aws.environment import REGION
from local.aws.offline import OfflineAws
from local.aws.signed_requests import SERVICE
from local.aws.taxonomy import METADATA
from local.executions import look_at
from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.http_api import Auth
    from local.executions import Execution

_SECONDS_BETWEEN_LOOKS = 0.2


def serve(
    host: str,
    s3_port: int,
    api_port: int,
    parameters: Mapping[str, str],
    log: Callable[[str, str], None],
    *,
    auth: Auth,
) -> None:
    """Run the pipeline until it is interrupted, and print a line for every picture.

    Args:
        host: where to listen.
        s3_port: for S3 and every other AWS API.
        api_port: for the HTTP API.
        parameters: of the template, those that shall not have their defaults.
        log: called with each line that a function writes.
        auth: of the HTTP API: `iam` refuses requests that are not signed.

    Raises:
        PortInUseError: another program has a port.
    """
    try:
        with OfflineAws(
            functions="processes",
            parameters=parameters,
            host=host,
            s3_port=s3_port,
            api_port=api_port,
            auth=auth,
            really_back_off=True,
            log=log,
        ) as aws:
            seeds.plant(aws, *seeds.SEEDS)
            _print_invitation(aws, auth)
            _Watch(aws).forever()
    except KeyboardInterrupt:
        print("stopped", flush=True)


def _print_invitation(aws: OfflineAws, auth: Auth) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    flagged = json.dumps({METADATA: "Explicit Nudity=97.5"})
    put = ["aws", "s3", "cp", "photo.jpg", f"s3://{bucket}/uploads/photo.jpg"]
    scope = f"aws:amz:{REGION}:{SERVICE}"
    curl = ["curl", *(["--aws-sigv4", scope, "--user", "local:local"] if auth == "iam" else [])]
    ask = f"{shlex.join(curl)} '{aws.api_url}/images?key="
    print(
        f"S3 and the other AWS APIs: {aws.s3_url}\n"
        f"HTTP API:                  {aws.api_url}\n\n"
        "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "
        f"{shlex.join([*put, '--endpoint-url', aws.s3_url])}\n"
        f"{ask}{quote('uploads/photo.jpg', safe='')}'\n"
        f"{ask}{quote(seeds.PHOTO.key, safe='')}'  # already here\n\n"
        "Moderation is a stand-in that looks at no picture: it flags only what an object's own\n"
        f"metadata asks for, as in --metadata '{flagged}'\n\n"
        "Ctrl-C stops it.\n",
        flush=True,
    )


class _Watch:
    """Notices executions as they start, and prints a line when one has ended."""

    def __init__(self, aws: OfflineAws) -> None:
        self._aws = aws
        self._seen = 0
        self._running: dict[str, tuple[str, float]] = {}

    def forever(self) -> None:
        while True:
            started = self._aws.delivery.started[self._seen :]
            self._seen += len(started)
            for each in started:
                self._running[each.arn] = (each.key, time.monotonic())
            for arn, (key, start) in list(self._running.items()):
                if self._aws.progress.has_ended(arn):
                    del self._running[arn]
                    self._report(look_at(self._aws, arn), key, time.monotonic() - start)
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _report(self, execution: Execution, key: str, seconds: float) -> None:
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        try:
            image = web.image_by_key(self._aws.api_url, key) or {}
        except OSError as unreadable:
            image = {"reason": str(unreadable)}
        words = [
            now,
            printable(key),
            image.get("status", "no record"),
            image.get("reason", ""),
            image.get("image_id", ""),
            f"{seconds:.1f} s",
            printable(execution.explanation),
        ]
        print("  ".join(word for word in words if word), flush=True)
