"""`python -m local serve`: keeps the pipeline running, for any tool that talks to AWS."""

from __future__ import annotations

import json
import shlex
import time
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from image_pipeline.history import now
from image_pipeline.identity import image_id
from image_pipeline.object_keys import UPLOADS_PREFIX
from local import seeds
from local.arguments import PROGRAM
from local.auth import ISSUER
from local.aws.environment import REGION
from local.aws.issuer import Issuer
from local.aws.offline import OfflineAws
from local.aws.server import Server
from local.aws.signed_requests import SERVICE
from local.aws.taxonomy import METADATA
from local.aws.tokens import discovered, read_from
from local.executions import look_at
from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.tokens import Keys

_SECONDS_BETWEEN_LOOKS = 0.2
_LOOKS_BETWEEN_EVALUATIONS = 300


class Ports(NamedTuple):
    """The ports to listen on: for S3 and every other AWS API, the HTTP API, and CloudFront.

    `issuer` is that of the issuer of throw-away tokens, None if there is none.
    """

    s3: int
    api: int
    cloudfront: int
    issuer: int | None


def serve(
    host: str,
    ports: Ports,
    parameters: Mapping[str, str],
    log: Callable[[str, str], None],
    jwt_keys: str | None,
    secrets: Mapping[str, str],
) -> None:
    """Run the pipeline until it is interrupted, and print a line for every upload.

    Args:
        host: the address to listen on.
        ports: to listen on.
        parameters: of the template, where they differ from the defaults.
        log: called with each line that a function writes.
        jwt_keys: the keys of the issuer of tokens: a file or URL; None to ask the issuer itself.
        secrets: the values of secrets of Secrets Manager, by name.

    Raises:
        PortInUseError: another program listens on a port.
    """
    watch = _Watch()
    try:
        with ExitStack() as opened:
            issuer = _issuer(opened, host, ports.issuer)
            aws = opened.enter_context(
                OfflineAws(
                    functions="processes",
                    parameters=parameters,
                    host=host,
                    s3_port=ports.s3,
                    api_port=ports.api,
                    cloudfront_port=ports.cloudfront,
                    secrets=secrets,
                    issuer_url=issuer.url if issuer else None,
                    keys=issuer.keys if issuer else _keys(jwt_keys),
                    really_back_off=True,
                    log=log,
                    unprocessed=_report_unprocessed,
                )
            )
            seeds.plant(aws, *seeds.SEEDS, at=now())
            _print_invitation(aws)
            watch.forever(aws)
    except KeyboardInterrupt:
        print(watch.summary(), flush=True)


class _Opened(NamedTuple):
    """Our own issuer of tokens: its URL, and what returns its keys."""

    url: str
    keys: Keys


def _issuer(opened: ExitStack, host: str, port: int | None) -> _Opened | None:
    """Start our own issuer of tokens, if there is no other."""
    if port is None:
        return None
    issuer = Issuer()
    return _Opened(opened.enter_context(Server(issuer, host, port)).url, issuer.keys)


def _keys(source: str | None) -> Keys:
    """Return what reads the keys of another issuer."""
    return partial(_given, source) if source else discovered


def _given(source: str, _issuer: str) -> Any:
    return read_from(source)


def _print_invitation(aws: OfflineAws) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    flagged = json.dumps({METADATA: "Explicit Nudity=97.5"})
    put = ["aws", "s3", "cp", "photo.jpg", f"s3://{bucket}/uploads/photo.jpg"]
    ask = f"{_curl(aws.deployment.parameters)} '{aws.api_url}/images?key="
    print(
        f"S3 and the other AWS APIs: {aws.s3_url}\n"
        f"HTTP API:                  {aws.api_url}\n"
        f"{_cloudfront(aws.cloudfront_url)}{_webhooks(aws)}{_console(aws)}\n"
        "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "
        f"{shlex.join([*put, '--endpoint-url', aws.s3_url])}\n"
        f"{ask}{quote('uploads/photo.jpg', safe='')}'\n"
        f"{ask}{quote(seeds.PHOTO.key, safe='')}'  # already here\n\n"
        "Moderation is a stand-in that looks at no picture: it finds only what an object's own\n"
        f"metadata names, as in --metadata '{flagged}'\n\n"
        "Ctrl-C stops it.\n",
        flush=True,
    )


def _cloudfront(url: str | None) -> str:
    return "" if url is None else f"CloudFront:                {url}\n"


def _console(aws: OfflineAws) -> str:
    """Say where the console is, if there is one, and who may do what there."""
    if "ConsoleUrl" not in aws.deployment.outputs:
        return ""
    parameters = aws.deployment.parameters
    who = "who signs in there"
    if parameters["ApiAuth"] == "NONE":
        who = "everybody may do everything; --auth jwt asks who one is"
    elif parameters["JwtIssuer"] == ISSUER:
        who = "sign-in is a stand-in without passwords"
    return f"Console, for a browser:    {aws.api_url}/console/  ({who})\n"


def _webhooks(aws: OfflineAws) -> str:
    """Say how webhooks are verified, if there are any."""
    arn = aws.deployment.outputs.get("WebhookSecretArn")
    if arn is None:
        return ""
    secret = aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return f"Secret of the webhooks:    whsec_{secret}\n"


def _curl(parameters: Mapping[str, Any]) -> str:
    """Return the command that asks the API as its parameters require, up to the URL."""
    match parameters["ApiAuth"], parameters["JwtIssuer"]:
        case "IAM", _:
            scope = f"aws:amz:{REGION}:{SERVICE}"
            return shlex.join(["curl", "--aws-sigv4", scope, "--user", "local:local"])
        case "JWT", issuer:
            token = f"$({PROGRAM} token)" if issuer == ISSUER else "$TOKEN"
            return f'curl -H "Authorization: Bearer {token}"'
    return "curl"


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
        self._running: dict[str, str] = {}

    def forever(self, aws: OfflineAws) -> None:
        for look in count():
            if look % _LOOKS_BETWEEN_EVALUATIONS == 0:
                aws.monitoring.evaluate()
            started = aws.delivery.started[self._seen :]
            self._seen += len(started)
            for each in started:
                self._running[each.arn] = each.key
            for arn, key in list(self._running.items()):
                if end := aws.progress.end(arn):
                    self._report(aws, arn, key, end.seconds)
                    del self._running[arn]
                    self._reported += 1
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def summary(self) -> str:
        """The number of uploads that are done, and the keys of those that are not."""
        left = [printable(key) for key in self._running.values()]
        unfinished = f", not finished: {', '.join(left)}" if left else ""
        return f"stopped; uploads processed: {self._reported}{unfinished}"

    def _report(self, aws: OfflineAws, arn: str, key: str, seconds: float) -> None:
        execution = look_at(aws, arn)
        image = _record(aws, key)
        _print_line(
            printable(key),
            image.get("status", "no record"),
            image.get("reason", ""),
            image.get("image_id", ""),
            f"{seconds:.1f} s",
            printable(execution.explanation),
        )


def _record(aws: OfflineAws, key: str) -> dict[str, str]:
    """Read the record of an image; the API would want a token of somebody who may see it."""
    identifier = image_id(key, aws.deployment.parameters["IdSalt"].encode())
    found = aws.client("dynamodb").get_item(
        TableName=aws.deployment.ref("ImagesTable"), Key={"image_id": {"S": identifier}}
    )
    return {name: value["S"] for name, value in found.get("Item", {}).items() if "S" in value}
