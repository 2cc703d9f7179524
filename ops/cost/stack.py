"""What a template deploys, as far as it decides the bill.

The template is read as it is written: no stack, no SAM and no AWS are needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.aws.environment import ACCOUNT, REGION
from local.aws.intrinsics import NO_VALUE, Intrinsics
from local.aws.parameters import decide, document_of
from local.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FUNCTION = "AWS::Serverless::Function"
_MINUTES_OF_A_MONTH = 730 * 60
# Those without which nothing can be said; a template of an earlier release has them, too.
_READ = {
    "Parameters": {
        *("Architecture", "Delivery", "ModerationProvider"),
        *("NotificationEmail", "WebhookUrl", "LogRetentionDays"),
    },
    "Resources": {"ImagePipelineStateMachine", "SweepFunction"},
}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_ENCRYPTED = {
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    "AWS::SecretsManager::Secret",
}


@dataclass(frozen=True)
class Function:
    """A function: `memory` in MB, `timeout` in seconds, None for concurrency that is not reserved.

    `provisioned` are environments that are kept ready, `batch` is the largest of its event source.
    """

    memory: int
    timeout: int
    reserved: int | None = None
    provisioned: int = 0
    is_snap_started: bool = False
    is_traced: bool = False
    batch: int = 1


@dataclass(frozen=True)
class Stack:
    """A deployed template; the fields named after parameters have their values.

    Args:
        functions: by logical id.
        architecture: `arm64` or `x86_64`.
        workflow: `STANDARD` or `EXPRESS`.
        alarm_metrics: metrics that alarms read; composite alarms have none.
        sweeps: of a month.
        log_days: for which lines are kept.
        encrypted: resources that KmsKeyArn encrypts; 0 without it.
        has_user_pool: whether people sign in to a user pool of the stack.
    """

    functions: Mapping[str, Function]
    architecture: str
    workflow: str
    delivery: str
    is_moderated: bool
    keeps_answers: bool
    is_mailed: bool
    has_webhooks: bool
    executions_are_traced: bool
    alarm_metrics: int
    composite_alarms: int
    dashboards: int
    secrets: int
    sweeps: float
    log_days: int
    encrypted: int
    has_user_pool: bool

    @property
    def has_console(self) -> bool:
        """Whether the stack serves the console."""
        return "ConsoleFunction" in self.functions

    @property
    def is_express(self) -> bool:
        """Whether uploads wait in a queue for Express executions."""
        return self.workflow == "EXPRESS"


def stack_of(text: str, overrides: Mapping[str, str], workflow: str | None = None) -> Stack:
    """Return what a template deploys.

    Args:
        text: of the template.
        overrides: parameter values that replace the defaults.
        workflow: `STANDARD` or `EXPRESS`, where the parameter WorkflowType is not to decide.

    Raises:
        TemplateError: a parameter is unknown or not allowed, or the template is another one.
    """
    document = document_of(text)
    _check_origin(document)
    if workflow and "WorkflowType" in document["Parameters"]:
        overrides = {**overrides, "WorkflowType": workflow}
    # Its rules are for deployments: a price needs no keys of CloudFront.
    values = decide({**document, "Rules": {}}, overrides)
    return _Reader(document, values).stack(workflow)


def _check_origin(document: Mapping[str, Any]) -> None:
    for section, names in _READ.items():
        missing = sorted(names - document.get(section, {}).keys())
        if missing:
            message = f"the template is not one of this pipeline: it has no {', '.join(missing)}"
            raise TemplateError(message)


class _Reader:
    def __init__(self, document: dict[str, Any], values: Mapping[str, Any]) -> None:
        self._values = values
        pseudo = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::NoValue": NO_VALUE}
        self._intrinsics = Intrinsics(
            document.get("Conditions", {}),
            # A resource is known by its logical id here: nothing is deployed.
            lambda name: values.get(name, pseudo.get(name, name)),
            lambda resource, attribute: f"{resource}.{attribute}",
        )
        self._globals = document.get("Globals", {}).get("Function", {})
        self._resources = {
            name: resource
            for name, resource in document["Resources"].items()
            if "Condition" not in resource or self._intrinsics.holds(resource["Condition"])
        }

    def stack(self, workflow: str | None) -> Stack:
        machine = self._property("ImagePipelineStateMachine", "Tracing") or {}
        of_type = self._of_type
        alarms = [self._resources[name]["Properties"] for name in of_type("AWS::CloudWatch::Alarm")]
        has_key = bool(self._values.get("KmsKeyArn"))
        return Stack(
            functions={name: self._function(name) for name in of_type(_FUNCTION)},
            architecture=self._values["Architecture"],
            workflow=workflow or self._values.get("WorkflowType", "STANDARD"),
            delivery=self._values["Delivery"],
            is_moderated=self._values["ModerationProvider"] == "REKOGNITION",
            # A template of an earlier release has no such parameter.
            keeps_answers=int(self._values.get("KeepAnswersDays", 0)) > 0,
            is_mailed=bool(self._values["NotificationEmail"]),
            has_webhooks=bool(self._values["WebhookUrl"]),
            executions_are_traced=bool(machine.get("Enabled")),
            alarm_metrics=sum(map(_metrics_of, alarms)),
            composite_alarms=len(of_type("AWS::CloudWatch::CompositeAlarm")),
            dashboards=len(of_type("AWS::CloudWatch::Dashboard")),
            secrets=len(of_type("AWS::SecretsManager::Secret")),
            sweeps=self._sweeps(),
            log_days=int(self._values["LogRetentionDays"]),
            encrypted=sum(len(of_type(each)) for each in _ENCRYPTED) if has_key else 0,
            has_user_pool=bool(of_type("AWS::Cognito::UserPool")),
        )

    def _of_type(self, kind: str) -> list[str]:
        return [name for name, each in self._resources.items() if each["Type"] == kind]

    def _property(self, resource: str, name: str) -> Any:
        properties = self._resources[resource].get("Properties", {})
        found = properties.get(name)
        if found is None and self._resources[resource]["Type"] == _FUNCTION:
            found = self._globals.get(name)
        resolved = self._intrinsics.resolve(found)
        return None if resolved is NO_VALUE else resolved

    def _function(self, name: str) -> Function:
        reserved = self._property(name, "ReservedConcurrentExecutions")
        provisioned = self._property(name, "ProvisionedConcurrencyConfig") or {}
        snapshots = self._property(name, "SnapStart") or {}
        events = self._property(name, "Events") or {}
        batches = [each["Properties"].get("BatchSize", 1) for each in events.values()]
        return Function(
            memory=self._number(name, "MemorySize"),
            timeout=self._number(name, "Timeout"),
            reserved=None if reserved is None else int(reserved),
            provisioned=int(provisioned.get("ProvisionedConcurrentExecutions", 0)),
            is_snap_started=snapshots.get("ApplyOn") == "PublishedVersions",
            is_traced=self._property(name, "Tracing") == "Active",
            batch=max([1, *map(int, batches)]),
        )

    def _number(self, resource: str, name: str) -> int:
        found = self._property(resource, name)
        if not str(found).isdecimal():
            message = f"{name} of {resource} is {found!r}, not a number"
            raise TemplateError(message)
        return int(found)

    def _sweeps(self) -> float:
        events = self._property("SweepFunction", "Events")
        schedules = [each for each in events.values() if each["Type"] == "ScheduleV2"]
        (schedule,) = (each["Properties"]["ScheduleExpression"] for each in schedules)
        found = _RATE.fullmatch(schedule)
        if not found:
            message = f"SweepFunction has the schedule {schedule}, which is not like rate(1 hour)"
            raise TemplateError(message)
        return _MINUTES_OF_A_MONTH / (int(found[1]) * _MINUTES[found[2]])


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    """Return how many metrics an alarm reads, each of which is billed."""
    return max(1, sum("MetricStat" in each for each in alarm.get("Metrics", [])))
