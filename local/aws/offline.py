"""Context manager that runs the offline AWS."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from botocore import endpoint
from moto import mock_aws
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends

from local.aws.api_definition import routes_of
from local.aws.archive import Archive
from local.aws.clients import client_of
from local.aws.cloudfront import DISTRIBUTION, Front
from local.aws.deploy import deploy
from local.aws.distributed_map.map_run import mapping
from local.aws.distributed_map.nested import nesting
from local.aws.dynamodb_items import linear
from local.aws.environment import ACCOUNT, REGION, added, isolated
from local.aws.events import documented_object_events
from local.aws.forgetting import forget_execution, forget_notifications, forget_objects
from local.aws.http_api import HttpApi
from local.aws.in_process import InProcess
from local.aws.invocation import invoking
from local.aws.logs.access_log import AccessLog
from local.aws.logs.recording import Logs
from local.aws.machines import telling_machines
from local.aws.message_moves import moving
from local.aws.metrics.monitoring import Monitoring
from local.aws.metrics.recording import Recording, sample
from local.aws.moto_caches import cached
from local.aws.moto_patches import replaced
from local.aws.objects import any_object
from local.aws.parameters import declared
from local.aws.processes import Processes
from local.aws.progress import Progress
from local.aws.queues import Queues
from local.aws.rekognition import moderating
from local.aws.rules import Delivery
from local.aws.s3_gate import S3Gate
from local.aws.server import Server
from local.aws.stacks import described
from local.aws.step_functions import Backoffs, executing
from local.aws.streams import Streams
from local.aws.synchronous import synchronous_executions
from local.aws.template import translate
from local.aws.tokens import discovered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from local.aws.deployment import Deployment, Function, Resource
    from local.aws.invocation import Invoker
    from local.aws.tokens import Keys

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
STACK = "image-pipeline"
_MOTO: Any = {
    "core": {"mock_credentials": False},  # moto's would hide ours
    "stepfunctions": {"execute_state_machine": True},
}
# A function with a lower timeout cannot hold its answer for as long as a client may ask for.
_SECONDS_HELD = 20

# moto does not know the host of synchronous executions.
_WITHOUT_HOST_PREFIX = {"AWS_ENDPOINT_URL_SFN": f"https://states.{REGION}.amazonaws.com"}


def _quiet(_subject: str, _text: str) -> None:
    """Ignore a report."""


def _open_to_all(template: Path) -> dict[str, str]:
    """Return the parameters by which anybody may call the API; templates of before have none."""
    return {"ApiAuth": "NONE"} if "ApiAuth" in declared(template) else {}


def _callers(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return those of some parameters that say who may call the API."""
    names = ("ApiAuth", "JwtIssuer", "JwtAudience")
    return {name: parameters[name] for name in names if name in parameters}


def _unseen(_event: Any, _picture: bytes) -> None:
    """Ignore a moderated picture."""


def _without_proxies() -> AbstractContextManager[None]:
    """Keep botocore from reading the environment for proxies while functions change it."""
    return replaced(endpoint, "get_environ_proxies", lambda _url: {})


class OfflineAws:
    """A deployed template on this machine.

    Args:
        functions: run them `in-process` (for tests: fast, visible to coverage) or in `processes`
            of their own (separate environments, enforced timeouts).
        parameters: of the template, where they differ from the defaults. Unless `ApiAuth` is
            among them, it is `NONE`: anybody may call the API.
        template: the SAM template.
        host: the address that the servers listen on.
        s3_port: for S3 and every other AWS API; 0 for a free one.
        api_port: for the HTTP API; 0 for a free one.
        cloudfront_port: for CloudFront, with `Delivery=CLOUDFRONT`; 0 for a free one.
        secrets: the values of secrets of Secrets Manager that exist before the deployment, by name.
        issuer_url: where functions ask the issuer of tokens, if not at its own URL.
        keys: returns the keys of an issuer of tokens, by default as its discovery document names
            them.
        really_back_off: whether executions and queues wait before a retry, or only record that
            they would.
        log: called with a function's logical id and each line that it writes; in processes only.
        unprocessed: called with the bucket and the key of a new object that no rule matches.
        moderated: called with the event of a function and each picture that it has moderated.

    While it is open, boto3 and botocore in this process reach nothing else, whatever the user's
    AWS configuration says. Only one can be open at a time.
    """

    deployment: Deployment
    s3_url: str
    api_url: str
    cloudfront_url: str | None = None
    _invoker: Invoker

    def __init__(
        self,
        *,
        functions: Literal["in-process", "processes"] = "in-process",
        parameters: Mapping[str, str] | None = None,
        template: Path = TEMPLATE,
        host: str = "127.0.0.1",
        s3_port: int = 0,
        api_port: int = 0,
        cloudfront_port: int = 0,
        secrets: Mapping[str, str] | None = None,
        issuer_url: str | None = None,
        keys: Keys = discovered,
        really_back_off: bool = False,
        log: Callable[[str, str], None] = _quiet,
        unprocessed: Callable[[str, str], None] = _quiet,
        moderated: Callable[[Any, bytes], None] = _unseen,
    ) -> None:
        self.backoffs = Backoffs(really=really_back_off)
        self.monitoring = Monitoring(lambda recorded: sample(recorded, self.deployment))
        self._recording = Recording(self.monitoring.recorded)
        self.progress = Progress(self._recording.execution_ended)
        self.streams = Streams(
            lambda: self.deployment,
            at_once=functions == "processes",
            told=self._recording.batch_delivered,
        )
        self.queues = Queues(
            lambda: self.deployment,
            at_once=functions == "processes",
            really_back_off=really_back_off,
        )
        self.archive = Archive()
        self.logs = Logs(self._recording.embedded, self._recording.invocation_took)
        self._functions = functions
        self._versions: dict[str, Function] = {}
        self._parameters = {**_open_to_all(template), **(parameters or {})}
        self._template = template
        self._host = host
        self._ports = s3_port, api_port, cloudfront_port
        self._secrets = secrets or {}
        self._issuer_url = issuer_url
        self._keys = keys
        self._log = log
        self._unprocessed = unprocessed
        self.moderated = moderated
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._start(opening)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def client(self, service: str) -> Any:
        """Return the boto3 client that calls the offline AWS without going over the network."""
        return client_of(service)

    def update(
        self, template: Path = TEMPLATE, parameters: Mapping[str, str] | None = None
    ) -> None:
        """Deploy another template over the one before, while functions and executions run.

        As on AWS, only an alias that has moved lets anybody invoke a new version of a function,
        a running invocation ends on its own version, and a running execution keeps its definition.

        Args:
            template: with the code beside it.
            parameters: where they differ from the defaults; those of before do not count. Who
                may call the API stays as it was.

        Raises:
            TemplateError: the update is not supported, and is made in part.
        """
        given = {**_callers(self._parameters), **(parameters or {})}
        changed = translate(template, _open_to_all(template) | given)
        self.deployment = deploy(changed, STACK, self.deployment, self._versions)
        self._gate.bucket_policies = self.deployment.bucket_policies()
        self._http_api.redeploy(self._api().properties["Body"], self._access_log())
        self._template = template

    def place(self, key: str, version_id: str, data: bytes, content_type: str) -> None:
        """Put an object into the uploads bucket as a given version, without an event."""
        placed = s3_backends[ACCOUNT]["aws"].put_object(
            self.deployment.ref("UploadsBucket"), key, data, disable_notification=True
        )
        placed._version_id = version_id
        placed.set_metadata({"Content-Type": content_type})

    def forget(self, execution: str, objects: Mapping[str, str]) -> None:
        """Free the memory that a finished execution occupies.

        Args:
            execution: its ARN.
            objects: to drop, by the logical id of the bucket: a key, or a prefix ending in "/".
        """
        forget_execution(execution)
        forget_objects({self.deployment.ref(name): each for name, each in objects.items()})
        forget_notifications()
        self.progress.forget(execution)
        self.streams.forget()
        self.logs.forget()
        self.delivery.forget(execution)

    def interrupt(self) -> None:
        """End every function and every wait, so that closing takes no time."""
        self.streams.stop()
        self.queues.stop()
        self.backoffs.stop()
        self._invoker.interrupt()

    def _start(self, opening: ExitStack) -> None:
        s3_port, api_port, cloudfront_port = self._ports
        opening.enter_context(isolated())
        opening.enter_context(_without_proxies())
        template = translate(self._template, self._parameters)
        opening.enter_context(mock_aws(config=_MOTO))
        opening.enter_context(cached())
        opening.enter_context(linear())
        opening.enter_context(mapping())
        opening.enter_context(nesting(self.progress))
        opening.enter_context(telling_machines())
        opening.enter_context(any_object())
        opening.enter_context(self.logs.opened())
        opening.enter_context(self.archive.opened())
        self._gate = gate = S3Gate(DomainDispatcherApplication(create_backend_app))
        # What is uploaded before everything that follows an upload is there would be lost.
        server = opening.enter_context(Server(gate, self._host, s3_port, held=True))
        self.s3_url = server.url
        # Otherwise moto does not intercept clients whose endpoint is this server.
        opening.enter_context(added({"MOTO_S3_CUSTOM_ENDPOINTS": self.s3_url}))
        for name, value in self._secrets.items():
            self.client("secretsmanager").create_secret(Name=name, SecretString=value)
        self.deployment = deploy(template, STACK, functions=self._versions)
        gate.bucket_policies = self.deployment.bucket_policies()
        gate.buckets_with_acls = self.deployment.buckets_with_acls()
        if any(each.type == DISTRIBUTION for each in self.deployment.resources.values()):
            front = Server(Front(lambda: self.deployment), self._host, cloudfront_port)
            self.cloudfront_url = opening.enter_context(front).url
        self._invoker = invoker = self._make_invoker()
        opening.callback(invoker.close)
        opening.enter_context(invoking(invoker, self._recording.invoked))
        opening.enter_context(self.streams.opened())
        opening.enter_context(self.queues.opened())
        opening.enter_context(moving())
        opening.enter_context(moderating(self._event_of, self._tell_of_moderated))
        opening.enter_context(documented_object_events(self._tell_of_unmatched))
        self.delivery = Delivery(self._recording.delivered)
        opening.enter_context(self.delivery.opened())
        opening.enter_context(self.progress.opened())
        opening.enter_context(self.monitoring.opened())
        opening.enter_context(self._recording.opened())
        opening.enter_context(
            synchronous_executions(self.progress, invoker.waiting, self.delivery.note)
        )
        opening.enter_context(executing(self.backoffs, invoker.interrupt))
        # Before functions are ended, which would be failures.
        opening.callback(self.queues.stop)
        opening.callback(self.streams.stop)
        deployed = self._api()
        api_id = deployed.ref
        self._http_api = HttpApi(
            api_id,
            deployed.properties["Body"],
            self._keys,
            self._access_log(),
            self._recording.answered,
        )
        self.api_url = opening.enter_context(Server(self._http_api, self._host, api_port)).url
        deployed_url = f"https://{api_id}.execute-api.{REGION}.amazonaws.com"
        addresses = {deployed_url: self.api_url, **self._delivery_addresses()}
        opening.enter_context(
            described(
                lambda: self.deployment,
                lambda: self._template.read_text(encoding="utf-8"),
                addresses,
            )
        )
        server.release()

    def _delivery_addresses(self) -> dict[str, str]:
        """Map the deployed URL of the distribution to where it is served, if there is one."""
        return {
            f"https://{each.attributes['DomainName']}": str(self.cloudfront_url)
            for each in self.deployment.resources.values()
            if each.type == DISTRIBUTION
        }

    def _tell_of_unmatched(self, event: dict[str, Any]) -> None:
        if event["detail-type"] == "Object Created":
            detail = event["detail"]
            self._unprocessed(detail["bucket"]["name"], detail["object"]["key"])

    def _event_of(self, access_key: str) -> Any:
        return self._invoker.event_of(access_key)

    def _tell_of_moderated(self, event: Any, picture: bytes) -> None:
        self.moderated(event, picture)

    def _make_invoker(self) -> Invoker:
        delivered = {"UPLOADS_URL": self.s3_url, "RENDITIONS_URL": self.s3_url}
        if self.cloudfront_url:
            delivered["DELIVERY_URL"] = self.cloudfront_url
        if self._issuer_url:
            delivered["SIGN_IN_URL"] = self._issuer_url
        if self._functions == "in-process":
            # Only for S3: the other services are called without HTTP, but a presigned URL that a
            # function makes has to point here.
            extra = {"AWS_ENDPOINT_URL_S3": self.s3_url, **_WITHOUT_HOST_PREFIX, **delivered}
            return InProcess(self._versions, extra, self.logs)
        routes = routes_of(self._api().properties["Body"])
        names = {route.function.split(":")[6] for route in routes}
        timeouts = {each.name: each.timeout for each in self.deployment.functions.values()}
        names = {name for name in names if timeouts[name] >= _SECONDS_HELD}
        extra = {"AWS_ENDPOINT_URL": self.s3_url, **delivered}
        return Processes(self._versions, extra, self._log, self.logs, holding=names)

    def _access_log(self) -> AccessLog:
        return AccessLog.of(self.deployment.resources.values(), self.logs)

    def _api(self) -> Resource:
        (api,) = (
            resource
            for resource in self.deployment.resources.values()
            if resource.type == "AWS::ApiGatewayV2::Api"
        )
        return api
