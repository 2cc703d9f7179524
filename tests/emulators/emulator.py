"""The two emulators, each a process of its own with the template deployed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.environment import REGION
from local.manifest import ROOT
from tests.emulators import packaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

STACK = "image-pipeline"
PARAMETERS = {"ModerationProvider": "NONE"}  # MiniStack has no Rekognition
_OURS, _THEIRS = "local", "test"  # access keys
_SECONDS = 120.0


@dataclass(frozen=True)
class Emulator:
    """An emulator: `url` for every AWS API, `api_url` of the HTTP API, outputs of the stack."""

    name: str
    key: str
    url: str
    api_url: str
    outputs: Mapping[str, str]

    def client(self, service: str, region: str = REGION) -> Any:
        """Make a client of the emulator."""
        return client(self.url, self.key, service, region)


def client(url: str, key: str, service: str, region: str = REGION) -> Any:
    """Make a client; an error of an emulator is not retried.

    Args:
        url: of the emulator.
        key: id and secret of an access key that the emulator knows.
        service: such as `s3`.
        region: to sign for.
    """
    once: Any = {"total_max_attempts": 1}
    config = Config(retries=once, signature_version="s3v4" if service == "s3" else None)
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=key,
        config=config,
    )


@contextmanager
def offline_aws() -> Iterator[Emulator]:
    """Context manager that runs `python -m local serve`."""
    s3_port, api_port = _free_port(), _free_port()
    url, api_url = f"http://127.0.0.1:{s3_port}", f"http://127.0.0.1:{api_port}"
    command = [sys.executable, "-m", "local", "serve", "--auth", "iam"]
    ports = ["--s3-port", str(s3_port), "--api-port", str(api_port)]
    for name, value in PARAMETERS.items():
        ports += ["--parameter", f"{name}={value}"]
    with _running([*command, *ports], {}):
        outputs = _waited(lambda: _outputs(url, _OURS))
        yield Emulator("offline AWS", _OURS, url, api_url, outputs)


@contextmanager
def ministack(program: Path) -> Iterator[Emulator]:
    """Context manager that runs MiniStack and deploys the packaged template into it."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": url,
        # Otherwise it listens on every address of the machine.
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    with _running([str(program)], environment):
        s3 = client(url, _THEIRS, "s3")
        _waited(s3.list_buckets)
        create_stack(url, _THEIRS, STACK, packaged.upload(s3))
        outputs = _waited(lambda: _outputs(url, _THEIRS))
        identifier = outputs["ApiUrl"].removeprefix("https://").partition(".")[0]
        api_url = f"http://{identifier}.execute-api.localhost:{port}"
        yield Emulator("MiniStack", _THEIRS, url, api_url, outputs)


def create_stack(url: str, key: str, stack: str, template: str) -> str:
    """Create a stack from an uploaded template; return its final status."""
    cloudformation = client(url, key, "cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"{url}/{packaged.BUCKET}/{template}",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()
        ],
    )

    def ended() -> str:
        status = str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        return "" if status.endswith("IN_PROGRESS") else status

    return str(_waited(ended))


def _outputs(url: str, key: str) -> dict[str, str]:
    (stack,) = client(url, key, "cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def _waited(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with suppress(BotoCoreError, ClientError):
            if found := look():
                return found
        time.sleep(0.5)
    message = f"an emulator was not ready after {_SECONDS:.0f} s"
    raise TimeoutError(message)


@contextmanager
def _running(command: Sequence[str], more: Mapping[str, str]) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "HOME": home,
            "TMPDIR": home,
            "PYTHONPATH": "",
            **more,
        }
        log = Path(home) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )
            try:
                yield
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
