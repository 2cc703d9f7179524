"""`python -m local serve`: keeps the pipeline running, for any tool that talks to AWS."""

from __future__ import annotations

import json
import shlex
import time
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from image_pipeline.object_keys import UPLOADS_PREFIX
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
    """Run the pipeline until it is interrupted, and print a line for every upload.

    Args:
        host: the address to listen on.
        s3_port: for S3 and every other AWS API.
        api_port: for the HTTP API.
        parameters: of the template, where they differ from the defaults.
        log: called with each line that a function writes.
        auth: of the HTTP API: `iam` refuses unsigned requests.

    Raises:
        PortInUseError: another program listens on a port.
    """
    watch = _Watch()
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
            unprocessed=_report_unprocessed,
        ) as aws:
            seeds.plant(aws, *seeds.SEEDS)
            _print_invitation(aws, auth)
            watch.forever(aws)
    except KeyboardInterrupt:
        print(watch.summary(), flush=True)


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
        "Moderation is a stand-in that looks at no picture: it finds only what an object's own\n"
        f"metadata names, as in --metadata '{flagged}'\n\n"
        "Ctrl-C stops it.\n",
        flush=True,
    )


def _report_unprocessed(bucket: str, key: str) -> None:
    where = f"only objects below {UPLOADS_PREFIX} are processed"
    _print_line(printable(key), f"stored in {bucket}; {where}")


def _print_line(*words: str) -> None:
    now = datetime.now().astimezone().strftime("%H:%M:%S")
    print("  ".join([now, *(word for word in words if word)]), flush=True)


class _Watch:
    """Notices executions when they start, and prints a line when one has ended."""

    def __init__(self) -> None:
        self._seen = self._reported = 0
        self._running: dict[str, tuple[str, float]] = {}

    def forever(self, aws: OfflineAws) -> None:
        while True:
            started = aws.delivery.started[self._seen :]
            self._seen += len(started)
            for each in started:
                self._running[each.arn] = (each.key, time.monotonic())
            for arn, (key, start) in list(self._running.items()):
                if aws.progress.has_ended(arn):
                    self._report(aws, arn, key, time.monotonic() - start)
                    del self._running[arn]
                    self._reported += 1
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def summary(self) -> str:
        """The number of uploads that are done, and the keys of those that are not."""
        left = [printable(key) for key, _ in self._running.values()]
        unfinished = f", not finished: {', '.join(left)}" if left else ""
        return f"stopped; uploads processed: {self._reported}{unfinished}"

    def _report(self, aws: OfflineAws, arn: str, key: str, seconds: float) -> None:
        execution = look_at(aws, arn)
        try:
            image = web.image_by_key(aws.api_url, key) or {}
        except OSError as error:
            image = {"reason": str(error)}
        _print_line(
            printable(key),
            image.get("status", "no record"),
            image.get("reason", ""),
            image.get("image_id", ""),
            f"{seconds:.1f} s",
            printable(execution.explanation),
        )
