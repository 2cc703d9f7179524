"""What each role grants, and which calls use it.

`python -m tests.permissions.report` writes docs/permissions.md from a run of every path.
"""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from tests.permissions.stories import tell

if TYPE_CHECKING:
    from local.aws.permissions import Grant, Ledger

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"

# What no call of ours uses, by role and action; anything else that is unused is too much.
UNUSED = {
    ("ImagePipelineStateMachineRole", action): (
        "Step Functions itself sets up the delivery of the state machine's log with it."
    )
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
_OPENING = """\
# Who may do what

Written by `python -m tests.permissions.report` from a run of every path through the pipeline: each
call that a function, the state machine, the upload rule or a schedule makes is judged by the
policies of its role before it is made. A call that its role does not allow is refused; a grant that
no call uses fails the tests unless the last column says why it is there.

Functions also have AWS's managed policies for logs (`AWSLambdaBasicExecutionRole`) and traces
(`AWSXrayWriteOnlyAccess`), the state machine the one for traces; their calls are not seen offline.
"""


def page(ledger: Ledger) -> str:
    """The report as Markdown."""
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
    """Grants that nothing uses and nobody explains, and wildcards that hide such."""
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
    """Calls that were refused, and explanations of grants that do not exist."""
    granted = {(grant.role, grant.action) for grant in ledger.unused()}
    return [
        f"{need.caller} may not {need.action} on {need.resource}" for need in ledger.refused
    ] + [
        f"{role} does not have {action}, or uses it"
        for role, action in UNUSED
        if (role, action) not in granted
    ]


def _reaches_beyond(grant: Grant, arns: list[str]) -> bool:
    """Whether a resource is a pattern that matches more than what is in one of the stack's own."""
    named = re.split(r"[*?]", grant.resource)[0]
    if named == grant.resource or any(named.startswith(f"{arn}/") for arn in arns):
        return False
    # Of what the code calls, only Rekognition's action knows no resources.
    return not (grant.resource == "*" and grant.action.startswith("rekognition:"))


def _use(ledger: Ledger, grant: Grant) -> str:
    if grant in ledger.used:
        return ", ".join(sorted(ledger.used[grant]))
    return f"*unused:* {UNUSED.get((grant.role, grant.action), 'nobody knows why')}"


def _short(resource: str) -> str:
    name = resource.rsplit(":", 1)[1] if ":" in resource else resource
    return f"`{name.replace('image-pipeline-', '').replace('-local', '')}`"


if __name__ == "__main__":
    with isolated(), OfflineAws() as opened:
        PAGE.write_text(page(tell(opened)), encoding="utf-8")
