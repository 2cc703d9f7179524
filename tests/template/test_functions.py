"""Functions and layers: code, builds, environment, log group, timeout."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from aws_lambda_powertools.shared import constants

from local.manifest import functions, runtime
from tests.template.contracts import CONTRACTS, GIVEN, UNTRACED
from tests.template.documents import (
    FUNCTIONS,
    LAYERS,
    ROOT,
    of_type,
    properties,
    resources,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_every_function_has_a_contract_and_every_layer_a_user() -> None:
    assert set(of_type("AWS::Lambda::Function")) == set(FUNCTIONS) == set(CONTRACTS)
    assert len(of_type("AWS::Lambda::LayerVersion", **GIVEN)) == len(LAYERS)
    # Every layer is in use.
    assert {layer for contract in CONTRACTS.values() for layer in contract.layers} == set(LAYERS)


def test_every_package_is_a_function() -> None:
    packages = {handler.parent.name for handler in (ROOT / "functions").glob("*/handler.py")}
    assert packages == {function.removesuffix("Function").lower() for function in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_exists_in_the_package_named_like_the_function(function: str) -> None:
    module, _, name = properties(function)["Handler"].rpartition(".")
    # functions/Makefile derives the folder from the logical id.
    assert module == f"{function.removesuffix('Function').lower()}.handler"
    source = ROOT / "functions" / (module.replace(".", "/") + ".py")
    defined = ast.parse(source.read_text(encoding="utf-8")).body
    assert name in {node.name for node in defined if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_have_only_the_layers_they_need(function: str) -> None:
    own = functions()[function]
    assert own.layers + own.optional_layers == CONTRACTS[function].layers


def test_only_a_stack_with_a_distribution_has_the_layer_that_signs_urls() -> None:
    def layers(**parameters: str) -> int:
        return len(properties("ApiFunction", **parameters)["Layers"])

    assert (layers(), layers(**GIVEN)) == (1, 2)
    assert written()["Resources"]["SigningLayer"]["Condition"] == "CloudFrontDelivers"


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_layers_are_compatible_with_the_functions(architecture: str) -> None:
    functions = [properties(name, Architecture=architecture) for name in FUNCTIONS]
    for layer in of_type("AWS::Lambda::LayerVersion", Architecture=architecture).values():
        assert layer["CompatibleRuntimes"] == [f"python{runtime()}"]
        assert layer["CompatibleArchitectures"] == [architecture]
    assert {found["Runtime"] for found in functions} == {f"python{runtime()}"}
    assert [found["Architectures"] for found in functions] == [[architecture]] * len(FUNCTIONS)


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_are_built_for_the_deployed_architecture(layer: str) -> None:
    metadata = written()["Resources"][layer]["Metadata"]
    assert metadata["BuildArchitecture"] == {"Ref": "Architecture"}
    folder = metadata["WorkingDirectory"]["Fn::Sub"]
    for architecture in written()["Parameters"]["Architecture"]["AllowedValues"]:
        assert (ROOT / folder.replace("${Architecture}", architecture) / "platform.mk").is_file()


@pytest.mark.parametrize("name", [*FUNCTIONS, *LAYERS])
def test_a_makefile_has_a_recipe_for_every_function_and_layer(name: str) -> None:
    resource = written()["Resources"][name]
    assert resource["Metadata"]["BuildMethod"] == "makefile"
    folder = resource["Properties"].get("ContentUri", "functions")
    platform = ROOT / "layers" / "platforms" / "arm64"
    dry_run = subprocess.run(
        ["make", "--dry-run", "--makefile", ROOT / folder / "Makefile", f"build-{name}"],
        cwd=platform,
        env={"PATH": "/usr/bin:/bin", "ARTIFACTS_DIR": "artefacts", "RUNTIME_PYTHON": "python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert dry_run.returncode == 0, dry_run.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_is_what_the_function_reads(function: str) -> None:
    variables = set(properties(function)["Environment"]["Variables"])
    own = {name for name in variables if not name.startswith("POWERTOOLS_")}
    assert own - {"RESERVED_CONCURRENCY", "COLD_STARTS"} == _settings_of(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_powertools_knows_its_variables(function: str) -> None:
    variables = properties(function)["Environment"]["Variables"]
    known = {value for value in vars(constants).values() if isinstance(value, str)}
    assert {name for name in variables if name.startswith("POWERTOOLS_")} <= known


def test_only_the_configuration_reads_the_environment() -> None:
    sources = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers").rglob("*.py")]
    readers = {
        f"{source.parent.name}/{source.name}"
        for source in sources
        if re.search(r"\b(environb?|getenv)\b", source.read_text(encoding="utf-8"))
    }
    # Lambda sets the trace header of each invocation in a variable.
    assert readers == {"image_pipeline/config.py", "image_pipeline/tracing.py"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_functions_share_one_log_group(
    function: str,
) -> None:
    # One query finds every line of an upload. The format is text, so that lines stay as Powertools
    # writes them: JSON with function, image and execution.
    assert properties(function)["LoggingConfig"] == {"LogGroup": "FunctionsLogGroup"}


@pytest.mark.parametrize("days", ["1", "365"])
def test_every_log_group_has_the_requested_retention(days: str) -> None:
    log_groups = of_type("AWS::Logs::LogGroup")
    assert set(log_groups) == {"FunctionsLogGroup", "ImagePipelineLogGroup", "ImagesApiLogGroup"}
    for name in log_groups:
        assert properties(name, LogRetentionDays=days)["RetentionInDays"] == int(days)


def test_the_functions_log_group_has_no_fixed_name() -> None:
    """A first invocation could create a group with a fixed name before the stack does."""
    assert "LogGroupName" not in properties("FunctionsLogGroup")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_traced_but_the_one_that_follows_every_write(function: str) -> None:
    mode = "PassThrough" if function in UNTRACED else "Active"
    assert properties(function)["TracingConfig"] == {"Mode": mode}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_timeouts(function: str) -> None:
    assert properties(function)["Timeout"] == CONTRACTS[function].timeout


@pytest.mark.parametrize("layer", of_type("AWS::Lambda::LayerVersion"))
def test_replaced_layer_versions_are_deleted(layer: str) -> None:
    assert resources()[layer]["DeletionPolicy"] == "Delete"


def test_memory_is_within_the_quota_of_a_new_account() -> None:
    assert all(128 <= properties(function)["MemorySize"] <= 3008 for function in FUNCTIONS)


@pytest.mark.parametrize("function", ["ApiFunction", "ApiWriteFunction"])
def test_the_api_answers_before_the_gateway_gives_up(function: str) -> None:
    assert properties(function)["Timeout"] < 30


def _package(function: str) -> Path:
    return ROOT / "functions" / functions()[function].package


def _settings_of(function: str) -> set[str]:
    """Return the variables that a function reads: the fields of its settings class."""
    nodes = [
        node
        for source in _package(function).glob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    ]
    names = [
        node.args[0].id
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "load"
        and isinstance(node.args[0], ast.Name)
    ]
    if not names:
        return set()
    (name,) = names
    (settings,) = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name == name]
    return {
        field.target.id.upper()
        for field in settings.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }
