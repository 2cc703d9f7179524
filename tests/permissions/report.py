"""The permissions of each role, and the calls that use them.

`python -m tests.permissions.report` runs every path of the pipeline and writes docs/permissions.md.
"""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from local.aws.environment import isolated

with isolated():  # importing moto reads the developer's AWS profile
    from local.aws.offline import OfflineAws
    from tests.permissions.stories import tell

if TYPE_CHECKING:
    from local.aws.permissions import Grant, Ledger

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"

# Grants that no recorded call uses, by role and action, each with its reason.
UNUSED = (
    {
        (role, action): "Step Functions uses it to set up the log delivery of the state machine."
        for role in ("ImagePipelineStateMachineRole", "BackfillStateMachineRole")
        for action in (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        )
    }
    | {
        ("WebhookFunctionRole", action): "Lambda uses it to read the queue for the function."
        for action in ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    }
    | {
        ("BackfillStateMachineRole", action): reason
        for reason, actions in {
            "Step Functions uses it to run the children of a Distributed Map.": (
                "states:StartExecution",
                "states:DescribeExecution",
                "states:StopExecution",
            ),
            "Step Functions uses it to notice the end of a nested execution.": (
                "events:DescribeRule",
                "events:PutRule",
                "events:PutTargets",
            ),
            "Step Functions uses it to write results of more than 5 MB.": (
                "s3:ListMultipartUploadParts",
                "s3:AbortMultipartUpload",
            ),
        }.items()
        for action in actions
    }
)
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"
PARAMETERS = {"WebhookUrl": "http://127.0.0.1:9/", "KmsKeyArn": KEY, "KeepAnswersDays": "1"}
"""Parameters without which a role or a grant would not exist."""
_OPENING = """\
# Permissions

Written by `python -m tests.permissions.report`, which runs every path through the pipeline. Each
call of a function, a state machine, the upload rule or a schedule is checked against the policies
of its role before it is made. A call without a grant is refused. A grant that no call uses fails
the tests, unless the last column gives a reason for it.

The `kms:` actions are granted only with `KmsKeyArn`, on that key: whatever reads or writes
something that it encrypts needs them besides its own action.

Functions also have the AWS managed policies for logs (`AWSLambdaBasicExecutionRole`) and traces
(`AWSXrayWriteOnlyAccess`, not the projector); the state machine has the one for traces. Their
calls are not recorded.

The tables are those of `WorkflowType=STANDARD`. What `EXPRESS` adds, the role of the dispatch
function and `sqs:` actions on the queue of uploads, is checked in the same way by `tests/express`.
"""


def page(ledger: Ledger) -> str:
    """Return the report as Markdown."""
    lines = [_OPENING]
    for role, grants in groupby(ledger.grants, key=lambda grant: grant.role):
        lines += [f"## {role}", "", "| action | resource | used by |", "|---|---|---|"]
        lines += [
            f"| {grant.action} | {_short(grant.resource)} | {_use(ledger, grant)} |"
            for grant in grants
        ]
        lines.append("")
    return "\n".join(lines)


def too_much(ledger: Ledger) -> list[str]:
    """Return unused grants without a reason, and wildcards that could hide such grants."""
    found = [
        f"{grant.role} may {grant.action} on {_short(grant.resource)}, which nothing uses"
        for grant in ledger.unused()
        if (grant.role, grant.action) not in UNUSED
    ]
    found += [
        f"{grant.role} may {grant.action}: more than one action"
        for grant in ledger.grants
        if set("*?") & set(grant.action)
    ]
    found += [
        f"{grant.role} may {grant.action} on {grant.resource}: more than one resource"
        for grant in ledger.used
        if _reaches_beyond(grant, ledger.arns)
    ]
    return found


def too_little(ledger: Ledger) -> list[str]:
    """Return refused calls, and reasons for grants that do not exist or are used."""
    granted = {(grant.role, grant.action) for grant in ledger.unused()}
    return [
        f"{need.caller} may not {need.action} on {need.resource}" for need in ledger.refused
    ] + [
        f"{role} does not have {action}, or uses it"
        for role, action in UNUSED
        if (role, action) not in granted
    ]


def _reaches_beyond(grant: Grant, arns: list[str]) -> bool:
    """Return whether a resource pattern matches anything outside the resources of the stack."""
    named = re.split(r"[*?]", grant.resource)[0]
    if named == grant.resource or any(named.startswith(f"{arn}/") for arn in arns):
        return False
    # Executions of a state machine have ARNs that begin otherwise than its own.
    if any(named == f"{arn.replace(':stateMachine:', ':execution:')}:" for arn in arns):
        return False
    # Of the actions in use, only Rekognition's supports no resources.
    return not (grant.resource == "*" and grant.action.startswith("rekognition:"))


def _use(ledger: Ledger, grant: Grant) -> str:
    if grant in ledger.used:
        return ", ".join(sorted(ledger.used[grant]))
    return f"*unused:* {UNUSED.get((grant.role, grant.action), 'no reason given')}"


def _short(resource: str) -> str:
    # The label of a stream is the time of its creation.
    resource = re.sub(r"/stream/\d{4}-[\dT:.-]+", "/stream/LABEL", resource)
    _, is_function, function = resource.partition(":function:")  # with its alias
    _, is_execution, execution = resource.partition(":execution:")
    name = function if is_function else resource.rsplit(":", 1)[-1]
    name = execution if is_execution else name
    return f"`{name.replace('image-pipeline-', '').replace('-local', '').removesuffix('-000000')}`"


if __name__ == "__main__":
    with isolated(), OfflineAws(parameters=PARAMETERS) as opened:
        PAGE.write_text(page(tell(opened)), encoding="utf-8")
