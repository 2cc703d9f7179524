"""Mermaid diagrams of the state machine and of the template."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from tests.template.documents import as_list, definition, written

_SHAPES = {
    "Task": ("[", "]"),
    "Choice": ("{", "}"),
    "Pass": ("([", "])"),
    "Succeed": ("([", "])"),
    "Fail": ("[[", "]]"),
}
# What is drawn of the template: policies, log groups and layers only support these.
_DRAWN = {
    "AWS::S3::Bucket": ("[(", ")]"),
    "AWS::DynamoDB::Table": ("[(", ")]"),
    "AWS::Events::Rule": ("{{", "}}"),
    "AWS::Serverless::StateMachine": ("[[", "]]"),
    "AWS::Serverless::Function": ("[", "]"),
    "AWS::Serverless::HttpApi": ("{{", "}}"),
    "AWS::SNS::Topic": (">", "]"),
    "AWS::SQS::Queue": ("[/", "/]"),
}
_READS = re.compile(r"^(s3:GetObject|s3:ListBucketVersions|dynamodb:GetItem)")
_WRITES = re.compile(
    r"(s3:PutObject|s3:DeleteObjectVersion|dynamodb:PutItem|dynamodb:UpdateItem"
    r"|sns:Publish|sqs:SendMessage)"
)


class Edges:
    """The arrows of a diagram, each drawn once; arrows that share their ends share a line."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, str, str], list[str]] = defaultdict(list)

    def add(self, source: str, arrow: str, target: str, label: str = "") -> None:
        """Add an arrow unless it is there."""
        sources = self._sources[arrow, label, target]
        if source not in sources:
            sources.append(source)

    def lines(self) -> list[str]:
        """Return the arrows in Mermaid's notation, in the order of their first mention."""
        targets: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for (arrow, label, target), sources in self._sources.items():
            targets[" & ".join(sources), arrow, label].append(target)
        return [
            f"    {sources} {arrow}{f'|{label}|' if label else ''} {' & '.join(ends)}"
            for (sources, arrow, label), ends in targets.items()
        ]


# ------------------------------------------------------------------------------- the state machine
def workflow() -> str:
    """Draw the states and their transitions; dotted arrows are caught errors."""
    edges = Edges()
    nodes = ["    start((upload))"]
    machine = definition()
    edges.add("start", "-->", machine["StartAt"])
    nodes += _states(machine, edges, "    ")
    return _fenced("flowchart TD", [*nodes, *edges.lines()])


def _states(machine: dict[str, Any], edges: Edges, indent: str) -> list[str]:
    lines = []
    for name, state in machine["States"].items():
        if state["Type"] == "Parallel":
            lines.append(f"{indent}subgraph {name}")
            for branch in state["Branches"]:
                lines += _states(branch, edges, indent + "    ")
            lines.append(f"{indent}end")
        else:
            opening, closing = _SHAPES[state["Type"]]
            lines.append(f"{indent}{name}{opening}{name}{closing}")
        _transitions(name, state, edges)
    return lines


def _transitions(name: str, state: dict[str, Any], edges: Edges) -> None:
    for choice in state.get("Choices", []):
        edges.add(name, "-->", choice["Next"], _condition(choice))
    if "Default" in state:
        edges.add(name, "-->", state["Default"], "otherwise")
    if "Next" in state:
        edges.add(name, "-->", state["Next"])
    for catch in state.get("Catch", []):
        edges.add(name, "-.->", catch["Next"], _caught(catch["ErrorEquals"]))


def _condition(choice: dict[str, Any]) -> str:
    values = [value for key, value in choice.items() if key.endswith("Equals")]
    values += [
        value
        for part in choice.get("Or", [])
        for key, value in part.items()
        if key.endswith("Equals")
    ]
    return " or ".join(map(str, values))


def _caught(errors: list[str]) -> str:
    if errors == ["States.ALL"]:
        return "any other error"
    if "Lambda.TooManyRequestsException" in errors:
        return "no capacity until the deadline"
    own = [error for error in errors if "." not in error]
    return " or ".join([*own, "killed"] if len(own) < len(errors) else own)


# ------------------------------------------------------------------------------------ the template
def resources() -> str:
    """Draw the resources, and which of them reads, writes or starts which."""
    everything = written()["Resources"]
    edges = Edges()
    nodes = ["    Rekognition((Rekognition))"]
    for name, resource in everything.items():
        if resource["Type"] in _DRAWN:
            opening, closing = _DRAWN[resource["Type"]]
            nodes.append(f"    {name}{opening}{name}{closing}")
            _connections(name, resource, edges)
    _subscriptions(edges)
    return _fenced("flowchart LR", [*nodes, *edges.lines()])


def _connections(name: str, resource: dict[str, Any], edges: Edges) -> None:
    properties = resource["Properties"]
    for source in _references(properties.get("EventPattern", {})):
        edges.add(source, "-->", name, "events")
    for target in properties.get("Targets", []):
        for started in _references(target["Arn"]):
            edges.add(name, "-->", started, "starts")
        for queue in _references(target.get("DeadLetterConfig", {})):
            edges.add(name, "-.->", queue, "gives up")
    for queue in _references(properties.get("RedrivePolicy", {})):
        edges.add(name, "-.->", queue, "gives up")
    for event in properties.get("Events", {}).values():
        _invoked(name, event["Properties"], edges)
    for policy in _policies(properties):
        # A policy may apply under a condition.
        for statement in policy.get("Fn::If", ["", policy])[1]["Statement"]:
            for applied in _applied(statement):
                _permitted(name, applied, edges)


def _invoked(name: str, event: dict[str, Any], edges: Edges) -> None:
    for source in _references(
        [event.get(each, {}) for each in ("ApiId", "Queue", "Stream", "UserPool")]
    ):
        edges.add(source, "-->", name, "invokes")
    for queue in _references(event.get("DestinationConfig", {})):
        edges.add(name, "-.->", queue, "gives up")


def _subscriptions(edges: Edges) -> None:
    for resource in written()["Resources"].values():
        if resource["Type"] == "AWS::SNS::Subscription":
            properties = resource["Properties"]
            for queue in _references(properties["Endpoint"]):
                if written()["Resources"].get(queue, {}).get("Type") == "AWS::SQS::Queue":
                    (topic,) = _references(properties["TopicArn"])
                    edges.add(topic, "-->", queue, "delivers to")


def _policies(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the policies of a resource: its own, or those of a role that it has."""
    roles = _references(properties["Role"]) if "Role" in properties else []
    return [*properties.get("Policies", [])] + [
        policy["PolicyDocument"]
        for role in roles
        for policy in written()["Resources"][role]["Properties"]["Policies"]
    ]


def _applied(statement: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a statement or, if it is conditional, those of which one may apply."""
    found = statement["Fn::If"][1:] if "Fn::If" in statement else [statement]
    return [each for each in found if "Action" in each]


def _permitted(name: str, statement: dict[str, Any], edges: Edges) -> None:
    actions = as_list(statement["Action"])
    named = _references(statement["Resource"])
    for target in [name for name in written()["Resources"] if name in named]:
        if any(_READS.match(action) for action in actions):
            edges.add(target, "-->", name, "read by")
        if any(_WRITES.fullmatch(action) for action in actions):
            edges.add(name, "-->", target, "writes")
        if "s3:PutObjectTagging" in actions:
            edges.add(name, "-->", target, "tags")
        if "lambda:InvokeFunction" in actions:
            edges.add(name, "-->", target, "invokes")
        if {"states:StartExecution", "states:StartSyncExecution"} & {*actions}:
            edges.add(name, "-->", target, "starts")
    if any(action.startswith("rekognition:") for action in actions):
        edges.add(name, "-->", "Rekognition", "asks")


def _references(value: Any) -> list[str]:
    """Return the logical ids that a value refers to."""
    if isinstance(value, list):
        return [name for item in value for name in _references(item)]
    if not isinstance(value, dict):
        return []
    found = [name for key, item in value.items() if key != "Ref" for name in _references(item)]
    if "Ref" in value:
        found.append(value["Ref"])
    if "Fn::GetAtt" in value:
        attribute = value["Fn::GetAtt"]
        found.append(attribute[0] if isinstance(attribute, list) else attribute.partition(".")[0])
    if "Fn::Sub" in value:
        found += re.findall(r"\$\{(\w+)", as_list(value["Fn::Sub"])[0])
    return found


def _fenced(kind: str, lines: list[str]) -> str:
    return "\n".join(["```mermaid", kind, *lines, "```"])
