"""SnapStart and provisioned concurrency: who has them, and that nobody has both."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import pytest

from dispatch.waits import random_between
from local.manifest import functions, runtime, steps
from tests.template.documents import FUNCTIONS, properties, resources, written

API = {"ApiFunction", "ApiWriteFunction"}
# With WorkflowType=EXPRESS, as in these tests, an upload waits for the dispatch function, too.
STEPS = {function.logical_id for function in steps()} | {"DispatchFunction"}
GROUPS = [("Api", API), ("Steps", STEPS)]


def provisioned(**parameters: str) -> dict[str, Any]:
    """Return the provisioned concurrency of the functions whose alias has one."""
    return {
        function: found["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"]
        for function in FUNCTIONS
        if "ProvisionedConcurrencyConfig"
        in (found := properties(f"{function}Aliaslive", **parameters))
    }


def with_snapshots(**parameters: str) -> set[str]:
    return {
        function
        for function in FUNCTIONS
        if properties(function, **parameters).get("SnapStart") == {"ApplyOn": "PublishedVersions"}
    }


def published(**parameters: str) -> set[str]:
    """Return the functions of which other versions are deployed than by default."""
    versions = {
        name: resource["Properties"]["FunctionName"]
        for name, resource in resources(**parameters).items()
        if resource["Type"] == "AWS::Lambda::Version"
    }
    return {versions[name] for name in set(versions) - set(resources())}


def test_by_default_nothing_is_paid_for() -> None:
    assert provisioned() == {}
    assert with_snapshots() == set()


@pytest.mark.parametrize(("group", "members"), GROUPS)
def test_snapshots_are_taken_of_a_whole_group(group: str, members: set[str]) -> None:
    parameters = {f"{group}ColdStarts": "SNAPSTART", f"{group}ProvisionedConcurrency": "5"}
    assert with_snapshots(**parameters) == members
    assert provisioned(**parameters) == {}


@pytest.mark.parametrize(("group", "members"), GROUPS)
def test_concurrency_is_provisioned_for_a_whole_group(group: str, members: set[str]) -> None:
    parameters = {f"{group}ColdStarts": "PROVISIONED", f"{group}ProvisionedConcurrency": "5"}
    assert {name: int(value) for name, value in provisioned(**parameters).items()} == (
        dict.fromkeys(members, 5)
    )
    assert with_snapshots(**parameters) == set()


@pytest.mark.parametrize(("group", "members"), GROUPS)
def test_a_snapshot_is_one_of_a_new_version(group: str, members: set[str]) -> None:
    """SnapStart changes versions that are published after it, not those that exist."""
    assert published(**{f"{group}ColdStarts": "SNAPSTART"}) == members


def test_functions_with_snapshots_use_nothing_that_excludes_them() -> None:
    assert tuple(map(int, runtime().split("."))) >= (3, 12)
    for function in API | STEPS:
        found = properties(function)
        assert not {"FileSystemConfigs", "EphemeralStorage", "PackageType"} & set(found)


@pytest.mark.parametrize("group", ["Api", "Steps"])
def test_snapshots_are_refused_before_the_deployment_where_there_are_none(group: str) -> None:
    rule = written()["Rules"]["SnapStartIsInTheRegion"]
    assert {"Fn::Equals": [{"Ref": f"{group}ColdStarts"}, "SNAPSTART"]} in (
        rule["RuleCondition"]["Fn::Or"]
    )
    ((regions, region),) = [
        assertion["Assert"]["Fn::Not"][0]["Fn::Contains"] for assertion in rule["Assertions"]
    ]
    assert region == {"Ref": "AWS::Region"}
    assert {"ap-southeast-6", "ap-east-2", "cn-north-1", "us-gov-west-1"} <= set(regions)


_IMPORT = """
import gc, importlib, socket, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
from botocore.client import BaseClient
from botocore.credentials import Credentials
made = (BaseClient, Credentials, socket.socket)
sys.exit([repr(found) for found in gc.get_objects() if isinstance(found, made)] or None)
"""


def test_init_makes_nothing_that_a_snapshot_must_not_hold() -> None:
    """The first invocation, after the restore, makes clients, credentials and connections."""
    environment = {
        name: str(value)
        for function in API | STEPS
        for name, value in properties(function)["Environment"]["Variables"].items()
    }
    handlers = [functions()[function].handler.rpartition(".")[0] for function in API | STEPS]
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, *handlers],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_environments_of_one_snapshot_do_not_wait_alike() -> None:
    """They share the state of `random`; messages that fail together must not return together."""
    state = random.getstate()
    drawn = []
    for _ in range(2):
        random.setstate(state)
        drawn.append([random_between(0, 1) for _ in range(3)])
    assert drawn[0] != drawn[1]
