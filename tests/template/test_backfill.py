"""The backfill's state machine: sources, limits, results, and what its role may do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.template.documents import ROOT, as_list, properties, resources, written

STATES: dict[str, Any] = json.loads(
    (ROOT / "statemachine" / "backfill.asl.json").read_text(encoding="utf-8")
)["States"]
SELECTIONS = [name for name in STATES if name.startswith("Select")]
PROCESSES = ["Process", "ProcessExpress"]
MAPS = [*SELECTIONS, *PROCESSES]


def without_names(state: Any) -> str:
    """Return what selections have in common, as text."""
    kept = {name: value for name, value in state.items() if name not in {"ItemReader", "Label"}}
    return re.sub(r"(Decide)From[A-Za-z]+|Value[.][Kk]ey", r"\\1", json.dumps(kept))


def test_substitutions_match_both_ways() -> None:
    given = written()["Resources"]["BackfillStateMachine"]["Properties"]
    used = set(re.findall(r"\$\{(\w+)\}", json.dumps(STATES)))
    assert used == set(given["DefinitionSubstitutions"])


def test_every_source_is_selected_from_in_the_same_way() -> None:
    assert len(SELECTIONS) == 3
    assert len({without_names(STATES[name]) for name in SELECTIONS}) == 1


def test_images_are_processed_in_the_same_way_in_both_workflows() -> None:
    """Except for what runs an execution, and waits for its end."""
    standard, express = (
        {name: value for name, value in STATES[each].items() if name not in {"Label", "Comment"}}
        for each in PROCESSES
    )
    children = standard.pop("ItemProcessor"), express.pop("ItemProcessor")
    assert standard == express
    assert len({json.dumps(each["ProcessorConfig"]) for each in children}) == 1


@pytest.mark.parametrize("name", MAPS)
def test_every_map_is_distributed_limited_and_writes_results(name: str) -> None:
    state = STATES[name]
    assert state["Label"] == name
    assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert state.keys() & {"MaxConcurrency", "MaxConcurrencyPath"}
    assert state["ToleratedFailurePercentagePath"] == "$.options.tolerate"
    kind = "process" if name in PROCESSES else "select"
    assert state["ResultWriter"]["Parameters"] == {
        "Bucket": "${RenditionsBucket}",
        "Prefix.$": f"States.Format('backfill/{{}}/{{}}/{kind}', $.backfill, $$.Execution.Name)",
    }


def test_names_of_states_are_unique_in_the_whole_machine() -> None:
    nested = [name for each in MAPS for name in STATES[each]["ItemProcessor"]["States"]]
    names = [*STATES, *nested]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("workflow", "action"),
    [("STANDARD", "states:StartExecution"), ("EXPRESS", "states:StartSyncExecution")],
)
def test_a_backfill_may_run_the_pipeline_and_stop_none_of_its_executions(
    workflow: str, action: str
) -> None:
    role = resources(WorkflowType=workflow)["BackfillStateMachineRole"]["Properties"]
    granted = {
        (act, resource)
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for act in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    on_the_pipeline = {act for act, resource in granted if resource == "ImagePipelineStateMachine"}
    assert on_the_pipeline == {action}
    assert "states:StopExecution" not in {act for act, _ in granted}


def test_the_machine_may_run_its_own_maps() -> None:
    policy = properties("BackfillMapRunsPolicy")
    assert policy["Roles"] == ["BackfillStateMachineRole"]
    granted = {
        action: statement["Resource"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
    }
    name = (
        "arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:BackfillStateMachine.Name"
    )
    children = [f"{name}:*", f"{name}/*"]
    assert granted == {
        "states:StartExecution": "BackfillStateMachine",
        "states:DescribeExecution": children,
        "states:StopExecution": children,
    }
