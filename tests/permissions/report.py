"""The permissions of each role, and the calls that use them.

`python -m tests.permissions.report` runs every path of the pipeline and writes docs/permissions.md:
first those of every stack, then, for the roles and grants that depend on an option, those of
stacks with it.
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
    from collections.abc import Iterator, Mapping, Sequence

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
        (role, action): "Lambda uses it to read the queue for the function."
        for role in ("WebhookFunctionRole", "DispatchFunctionRole")
        for action in ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    }
    | {
        ("DispatchFunctionRole", "kms:Decrypt"): "Lambda uses it to read the queue's messages.",
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
INVENTORY = "image-pipeline-inventory"
PARAMETERS = {
    "WebhookUrl": "http://127.0.0.1:9/",
    "KmsKeyArn": KEY,
    "KeepAnswersDays": "1",
    "InventoryBucket": INVENTORY,
}
"""Parameters without which a role or a grant would not exist."""
EXPRESS = "`WorkflowType=EXPRESS` and `ModerationAdapterArn`"
CONSOLE = "`Console=true` and `ApiAuth=JWT`"
DISTRIBUTION = "`Delivery=CLOUDFRONT`"
"""Options whose additional grants are recorded by the tests of stacks with them."""
_OPENING = """\
# Permissions

Written by `python -m tests.permissions.report`, which runs every path through the pipeline. Each
call of a function, a state machine, the upload rule or a schedule is checked against the policies
of its role before it is made. A call without a grant is refused. A grant that no call uses fails
the tests, unless the last column gives a reason for it.

The `kms:` actions are granted only with `KmsKeyArn`, on that key and through the services that the
role calls: whatever reads or writes something that it encrypts needs them besides its own action.

Functions also have the AWS managed policies for logs (`AWSLambdaBasicExecutionRole`) and traces
(`AWSXrayWriteOnlyAccess`, not the projector); the state machine has the one for traces. Their
calls are not recorded.

The first tables are those of a stack with `WorkflowType=STANDARD`, `WebhookUrl`, `KmsKeyArn`,
`KeepAnswersDays` and `InventoryBucket`. Those after them show what other parameters add.
"""
_GRADUAL = """\
## With a `DeploymentPreference` other than `AllAtOnce`

### CodeDeployRole

Has the AWS managed policy `AWSCodeDeployRoleForLambda`, and no grants of its own. CodeDeploy makes
its calls, which are not recorded.
"""
_WITH = "\n## With "


def page(ledger: Ledger, options: Mapping[str, Ledger]) -> str:
    """Return the report as Markdown, with the ledgers of stacks with options by their titles."""
    basis = opening(ledger)
    sections = [section(title, each, basis) for title, each in options.items()]
    return "\n".join([basis, *sections, _GRADUAL])


def opening(ledger: Ledger) -> str:
    """Return the part of the report that holds for every stack."""
    return "\n".join([_OPENING, *_tables(ledger, ledger.grants, "##")])


def section(title: str, ledger: Ledger, basis: str) -> str:
    """Return the part of the report about the roles and grants that an option adds to others."""
    tables = _tables(ledger, added(ledger, basis), "###")
    known = {role for role, _, _ in rows(basis)}
    for role in sorted(set(ledger.roles()) - known - {each.role for each in ledger.grants}):
        tables += [f"### {role}", "", "No grants: its function calls nothing.", ""]
    return "\n".join([f"## With {title}", "", *tables])


def added(ledger: Ledger, basis: str) -> list[Grant]:
    """Return the grants that are not in the tables for every stack."""
    known = rows(basis)
    return [
        grant
        for grant in ledger.grants
        if (grant.role, grant.action, _short(grant.resource)) not in known
    ]


def rows(text: str) -> set[tuple[str, str, str]]:
    """Read role, action and resource of each row of a report."""
    found, role = set(), ""
    for line in text.splitlines():
        if line.startswith("#"):
            role = line.lstrip("# ")
        elif line.startswith("| ") and not line.startswith("| action |"):
            action, resource = line.split(" | ")[:2]
            found.add((role, action.removeprefix("| "), resource))
    return found


def written() -> tuple[str, dict[str, str]]:
    """Read docs/permissions.md: the part for every stack, and the sections of options by title."""
    basis, *parts = PAGE.read_text(encoding="utf-8").split(_WITH)
    sections = {part.partition("\n")[0]: f"## With {part}" for part in parts}
    return basis, sections


def faults(title: str, ledger: Ledger) -> list[str]:
    """Return what is wrong with the grants of an option: refused, unused, or not on the page."""
    basis, sections = written()
    found = too_little(ledger) + too_much(ledger, added(ledger, basis))
    if sections.get(title) != section(title, ledger, basis):
        found.append("docs/permissions.md is not current: run python -m tests.permissions.report")
    return found


def _tables(ledger: Ledger, grants: Sequence[Grant], level: str) -> list[str]:
    lines = []
    for role, each in groupby(grants, key=lambda grant: grant.role):
        lines += [f"{level} {role}", "", "| action | resource | used by |", "|---|---|---|"]
        lines += [
            f"| {grant.action} | {_short(grant.resource)} | {_use(ledger, grant)} |"
            for grant in each
        ]
        lines.append("")
    return lines


def too_much(ledger: Ledger, grants: Sequence[Grant] | None = None) -> list[str]:
    """Return unused grants without a reason, and wildcards that could hide such grants.

    With `grants`, only these are looked at.
    """
    looked_at = ledger.grants if grants is None else grants
    found = [
        f"{grant.role} may {grant.action} on {_short(grant.resource)}, which nothing uses"
        for grant in looked_at
        if grant not in ledger.used and (grant.role, grant.action) not in UNUSED
    ]
    found += [
        f"{grant.role} may {grant.action}: more than one action"
        for grant in looked_at
        if set("*?") & set(grant.action)
    ]
    found += [
        f"{grant.role} may {grant.action} on {grant.resource}: more than one resource"
        for grant in looked_at
        if grant in ledger.used and _reaches_beyond(grant, ledger.arns)
    ]
    return found


def too_little(ledger: Ledger) -> list[str]:
    """Return refused calls, and reasons for grants that do not exist or are used."""
    granted = {(grant.role, grant.action) for grant in ledger.unused()}
    roles = set(ledger.roles())
    return [
        f"{need.caller} may not {need.action} on {need.resource}" for need in ledger.refused
    ] + [
        f"{role} does not have {action}, or uses it"
        for role, action in UNUSED
        if role in roles and (role, action) not in granted
    ]


def _reaches_beyond(grant: Grant, arns: list[str]) -> bool:
    """Return whether a resource pattern matches anything outside the resources of the stack."""
    named = re.split(r"[*?]", grant.resource)[0]
    if named == grant.resource or any(named.startswith(f"{arn}/") for arn in arns):
        return False
    # Executions of a state machine have ARNs that begin otherwise than its own.
    if any(named == f"{arn.replace(':stateMachine:', ':execution:')}:" for arn in arns):
        return False
    # Neither is a resource of the stack. The six characters at the end of an ARN are not known.
    if named == f"arn:aws:s3:::{INVENTORY}/" or grant.resource.endswith("-??????"):
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
    resource = re.sub(r":(distribution|userpool)/.+", r":\1/ID", resource)
    _, is_function, function = resource.partition(":function:")  # with its alias
    _, is_execution, execution = resource.partition(":execution:")
    name = function if is_function else resource.rsplit(":", 1)[-1]
    name = execution if is_execution else name
    return f"`{name.replace('image-pipeline-', '').replace('-local', '').removesuffix('-000000')}`"


def _options() -> Iterator[tuple[str, Ledger]]:
    """Yield the ledgers of stacks with options, each with its title."""
    from tests.delivery import conftest as delivery
    from tests.delivery.test_permissions import tell as deliver
    from tests.express import conftest as express
    from tests.express.test_express import tell as dispatch
    from tests.signed_in import conftest as signed_in
    from tests.signed_in.test_served import tell as sign_in

    secrets = delivery.SECRETS
    for title, parameters, story in (
        (EXPRESS, express.PARAMETERS, dispatch),
        (CONSOLE, signed_in.PARAMETERS, sign_in),
        (DISTRIBUTION, delivery.PARAMETERS, deliver),
    ):
        with OfflineAws(parameters=parameters, secrets=secrets) as aws:
            yield title, story(aws)


def _main() -> None:
    with OfflineAws(parameters=PARAMETERS) as aws:
        ledger = tell(aws)
    PAGE.write_text(page(ledger, dict(_options())), encoding="utf-8")


if __name__ == "__main__":
    with isolated():
        _main()
