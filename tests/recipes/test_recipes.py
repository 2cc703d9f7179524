"""The recipes of CONTRIBUTING.md, applied step by step to a copy of the project.

At every stage the contract tests fail for exactly what is missing, and at the end for nothing. A
recipe changes at most three files besides its new modules, the documentation and generated files.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.recipes.tree import Tree, places_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.recipes

SCAN_HANDLER = '''"""ScanUpload: a validated image in, whether it is clean out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.models import ValidatedImage, from_dict
from image_pipeline.observability import identify, observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """The largest picture to scan."""

    max_pixels: int


settings = load(Settings)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"image"}` in, `{"clean"}` out."""
    identify(from_dict(ValidatedImage, event["image"]).claim)
    return {"clean": True}
'''
SCAN_FUNCTION = """\
  ScanFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties:
      Description: Scans an upload.
      Handler: scan.handler.handler
      AutoPublishAliasAllProperties: true
      Layers: [!Ref CommonLayer]
      MemorySize: 1769
      Timeout: 60
      Environment:
        Variables:
          MAX_PIXELS: !Ref MaxPixels
      Policies:
        - Version: "2012-10-17"
          Statement:
            - {Sid: ReadUploads, Effect: Allow, Action: s3:GetObjectVersion,
               Resource: !Sub "${UploadsBucket.Arn}/uploads/*"}
            - {Sid: TellGoneFromForbidden, Effect: Allow, Action: s3:ListBucket,
               Resource: !GetAtt UploadsBucket.Arn}

"""
SCAN_CONTRACT = """\
    "ScanFunction": Contract(
        layers=("CommonLayer",), timeout=60, variables=_MAX_PIXELS, permissions=READ_UPLOAD
    ),
"""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    copied = Tree(tmp_path)
    yield copied
    copied.close()


def check_places(tree: Tree, recipe: str) -> None:
    """Compare the changed files with those that the recipe names."""
    documentation = {
        path for path in tree.places if path.endswith(".md") or path.startswith("docs/")
    }
    assert tree.places <= places_named(recipe)
    assert len(tree.places - documentation) <= 3


def test_a_refusal_reason(tree: Tree) -> None:
    contracts = (
        "tests/docs/test_contracts.py::test_every_reason_is_explained_once",
        "tests/unit/test_refusals.py",
    )
    tree.insert(
        "layers/common/image_pipeline/errors.py", '    CORRUPT = "corrupt"\n', '    SPAM = "spam"\n'
    )
    assert tree.failing(*contracts) == {
        "test_every_reason_is_explained_once",
        "test_every_reason_is_given_somewhere",
    }
    tree.insert(
        "layers/common/image_pipeline/refusals.py",
        "def corrupt() -> ValidationError:",
        "def spam() -> ValidationError:\n"
        '    """Return the refusal of an advertisement (`spam`)."""\n'
        '    return ValidationError(Reason.SPAM, "This is an advertisement; upload a picture.")\n'
        "\n\n",
    )
    assert tree.failing(*contracts) == {"test_every_reason_is_explained_once"}
    tree.insert("docs/api.md", "| `corrupt` |", "| `spam` | rejected | an advertisement |\n")
    assert tree.failing(*contracts) == set()
    check_places(tree, "A refusal reason")


def test_an_output_format(tree: Tree) -> None:
    contracts = (
        "tests/unit/test_specs.py",
        "tests/unit/test_renditions_stored.py::test_the_settings_of_every_format_are_tested",
        "tests/unit/test_renditions_stored.py::test_each_format_is_encoded_with_its_settings",
        "tests/template/test_renditions_pattern.py::test_every_fit_and_format_may_be_deployed",
        "tests/docs/test_contracts.py::test_every_part_of_a_rendition_is_explained",
    )
    encode = "functions/thumbnail/encode.py"
    tree.insert(encode, '    AVIF = "avif"\n', '    BMP = "bmp"\n')
    assert tree.failing(*contracts) == {
        "test_every_fit_goes_with_every_format",  # it has no default quality
        "test_the_settings_of_every_format_are_tested",
        "test_every_fit_and_format_may_be_deployed",
        "test_every_part_of_a_rendition_is_explained",
    }
    tree.insert(encode, "    Format.AVIF: 65,\n", "    Format.BMP: 100,\n")
    tree.insert(encode, "        case Format.AVIF:\n",
                '        case Format.BMP:\n            return {}\n')  # fmt: skip
    assert tree.failing(*contracts) == {
        "test_the_settings_of_every_format_are_tested",
        "test_every_fit_and_format_may_be_deployed",
        "test_every_part_of_a_rendition_is_explained",
    }
    tree.replace("template.yaml", "|png|avif|jxl)", "|png|avif|jxl|bmp)")
    tree.insert(
        "tests/unit/test_renditions_stored.py",
        '    "AVIF": (\n',
        '    "BMP": ("200x150:cover:bmp", {}),\n',
    )
    assert tree.failing(*contracts) == {"test_every_part_of_a_rendition_is_explained"}
    tree.replace("docs/parameters.md", "`webp`, `jpeg`, `png`, `avif`",
                 "`webp`, `jpeg`, `png`, `bmp`, `avif`")  # fmt: skip
    assert tree.failing(*contracts) == set()
    check_places(tree, "An output format")


def test_a_route(tree: Tree) -> None:
    contracts = (
        "tests/unit/test_api.py",
        "tests/template/test_api.py",
        "tests/docs/test_contracts.py::test_every_route_is_documented",
        "tests/docs/test_generated.py::test_the_routes_in_the_template_are_those_of_the_tables",
    )
    tree.add(
        "functions/api/get_status.py",
        '''"""GET /images/{id}/status: the status of one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.get_image import ROUTE as GET_IMAGE
from api.routing import Answer

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request


def answer(reads: Reads, request: Request) -> Answer:
    """Show the status of the image with an id."""
    record = reads.record(request.arguments["id"], request.caller)
    return Answer(body={"status": record["status"]})


ROUTE = GET_IMAGE._replace(
    path="/images/{id}/status",
    operation_id="get_status",
    summary="Get the status of an image",
    answer=answer,
)
''',
    )
    assert tree.failing(*contracts) == {"test_every_module_of_a_route_is_in_the_table"}
    tree.insert("functions/api/routes.py", "    get_image,\n", "    get_status,\n")
    tree.insert("functions/api/routes.py", "    get_image.ROUTE,\n", "    get_status.ROUTE,\n")
    assert tree.failing(*contracts) == {
        "test_routes",
        "test_every_route_with_scopes_requires_iam_credentials_by_default",
        "test_every_route_may_require_a_token_with_one_of_its_scopes",
        "test_an_open_api_requires_nothing",
        "test_every_route_invokes_the_function_of_its_table",
        "test_the_template_has_the_routes_of_the_table_and_no_others",
        "test_the_definition_describes_each_route_as_the_function_declares_it",
        "test_the_routes_in_the_template_are_those_of_the_tables",
    }
    tree.run("tests.docs.generate")
    assert tree.failing(*contracts) == {"test_every_route_is_documented"}
    row = "| `GET /images/{id}/status` | the status of the image with this id |\n"
    tree.insert("docs/api.md", "| `GET /images/{id}/events` |", row)
    assert tree.failing(*contracts) == set()
    check_places(tree, "A route")


COUNTED = "test_the_alarm_metrics_that_are_paid_for_are_counted"


def test_a_step(tree: Tree) -> None:
    contracts = (
        "tests/template/test_functions.py",
        "tests/template/test_environment.py",
        "tests/template/test_permissions.py",
        "tests/template/test_state_machine.py",
        "tests/template/test_data_flow.py",
        "tests/template/test_retries.py",
        "tests/template/test_numbers.py",
        "tests/template/test_alarms.py",
        "tests/template/test_memory_size.py",
        "tests/docs/test_generated.py::test_generated_parts_are_current",
        f"tests/docs/test_contracts.py::{COUNTED}",
    )
    state = {
        "test_the_state_machine_runs_the_functions_of_the_pipeline",
        "test_the_state_machine_may_use_exactly_what_its_states_name",
        "test_substitutions_match_both_ways",
        "test_an_alarm_watches_its_metric_and_notifies_operations",
        "test_a_standard_execution_costs_more",
    }
    generated = {
        "test_the_template_uses_the_recommended_memory",
        "test_generated_parts_are_current",
    }
    tree.add("functions/scan/__init__.py", '"""Scans an upload."""\n')
    tree.add("functions/scan/handler.py", SCAN_HANDLER)
    assert tree.failing(*contracts) == {"test_every_package_is_a_function"}
    add_to_template(tree)
    assert tree.failing(*contracts) == state | generated | {
        COUNTED,
        "test_every_function_has_a_contract_and_every_layer_a_user",
        "test_functions_have_only_the_layers_they_need",
        "test_a_function_has_exactly_its_permissions",
        "test_every_variable_has_the_value_of_its_own_parameter",
        "test_timeouts",
    }
    for before in re.findall(r"\d+ alarm metrics", tree.read("docs/operations.md")):
        number, _, what = before.partition(" ")
        tree.replace("docs/operations.md", before, f"{int(number) + 1} {what}")
    add_to_contracts(tree)
    assert tree.failing(*contracts) == state | generated | {
        "test_states_follow_each_other",
        "test_a_step_passes_on_these_fields",
        "test_no_other_step_selects_from_its_result",
    }
    add_to_state_machine(tree)
    assert tree.failing(*contracts) == generated | {
        # The way from upload to outcome has a function whose CPU is not recorded.
        "test_a_cold_way_is_longer_by_a_start_for_each_stage",
        "test_a_larger_allowance_makes_no_way_longer",
        "test_a_picture_has_its_outcome_in_time",
        "test_no_affordable_setting_is_shorter_than_the_deployed_ones",
        "test_no_combination_is_cheaper_and_shorter_than_all_choices",
        "test_settings_that_meet_the_goals_come_before_shorter_ones",
        "test_the_deployed_settings_cost_no_more_than_is_allowed_in_either_workflow",
        "test_the_dispatch_function_is_paid_while_the_execution_runs",
        "test_the_longest_branch_decides_the_parallel_stage",
        "test_the_record_names_the_recommended_memory",
    }
    measured = tree.read("docs/memory_size.json")
    record = next(line for line in measured.splitlines() if '"RejectFunction"' in line)
    tree.insert("docs/memory_size.json", record, record.replace("Reject", "Scan") + "\n")
    tree.run("benchmarks.memory_size", "--recorded", "--json", "docs/memory_size.json")
    set_memory(tree)
    tree.run("tests.docs.generate")
    # One more step in sequence takes longer than Express has left to its goal.
    assert tree.failing(*contracts) == {"test_a_picture_has_its_outcome_in_time"}
    check_places(tree, "A step")


def set_memory(tree: Tree) -> None:
    """Set each MemorySize to the recommended one: other functions may have to pay for a new one."""
    for name, row in json.loads(tree.read("docs/memory_size.json")).items():
        start = rf"\n  {name}:\n(?:    .*\n|\n)*?      MemorySize: "
        found = re.search(rf"{start}\d+\n", tree.read("template.yaml"))
        assert found, name
        size = f"MemorySize: {row['recommended_mb']}\n"
        tree.replace("template.yaml", found[0], re.sub(r"MemorySize: \d+\n", size, found[0]))


def add_to_template(tree: Tree) -> None:
    """Add the function, and let the state machine invoke it and the alarms watch it."""
    tree.insert("template.yaml", "  ConvertFunction:\n", SCAN_FUNCTION)
    arn = '!Sub "${ScanFunction.Arn}:live"'
    tree.insert("template.yaml", "ConvertFunctionArn:", f"ScanFunctionArn: {arn}\n        ")
    tree.insert("template.yaml", '!Sub "${ConvertFunction.Arn}:live",', f"{arn}, ")
    for metric, period in (("Errors", 60), ("Duration", 86400)):
        start = (
            "        - {Id: convert, ReturnData: false, MetricStat: {Stat: Sum, "
            f"Period: {period}, Metric: {{Namespace: AWS/Lambda,\n           MetricName: {metric}, "
        )
        dimension = "Dimensions: [{Name: FunctionName, Value: !Ref ScanFunction}]}}}\n"
        tree.insert("template.yaml", start, start.replace("convert", "scan") + dimension)
    tree.insert("template.yaml", "convert, thumbnail, metadata, moderate", "scan, ")
    # In the alarm on cost, and in the graph of it.
    cost = "2560 * FILL(convert, 0)"
    tree.replace("template.yaml", cost, f"1769 * FILL(scan, 0) + {cost}")
    shown = '["...", "${ConvertFunction}", {"id": "convert", "visible": false}],'
    indent = " " * 14
    tree.insert(
        "template.yaml",
        shown,
        f"{shown.replace('Convert', 'Scan').replace('convert', 'scan')}\n{indent}",
    )


def add_to_contracts(tree: Tree) -> None:
    """Add what the function may do, and where its state leads."""
    path = "tests/template/contracts.py"
    tree.insert(path, '    "ConvertFunction": Contract(', SCAN_CONTRACT)
    caught = (
        '[_caught("RejectImage", "ValidationError"), _caught("Superseded", "Superseded"), _FAILED]'
    )
    tree.insert(path, '    "ConvertToJPEG": _DECODED', f'    "ScanUpload": {caught},\n')
    passed_on = '    "ScanUpload": ("$.scan", {"clean": "$.Payload.clean"}),\n'
    tree.insert(path, '    "ConvertToJPEG": (', passed_on)
    following = '"ValidateImage": "ScanUpload",\n    "ScanUpload": "CheckFormat",'
    tree.replace(path, '"ValidateImage": "CheckFormat",', following)


def add_to_state_machine(tree: Tree) -> None:
    """Add a state like that of the validation, which follows it."""
    path = "statemachine/image_pipeline.asl.json"
    text = tree.read(path)
    machine = json.loads(text)
    machine["States"]["ScanUpload"] = _without_recall(machine["States"]["ValidateImage"]) | {
        "Comment": "Scans the upload before anything decodes it.",
        "Parameters": {"FunctionName": "${ScanFunctionArn}", "Payload": {"image.$": "$.image"}},
        "TimeoutSeconds": 70,
        "ResultSelector": {"clean.$": "$.Payload.clean"},
        "ResultPath": "$.scan",
        "Next": "CheckFormat",
    }
    machine["States"]["ValidateImage"]["Next"] = "ScanUpload"
    tree.replace(path, text, json.dumps(machine, indent=2))


def _without_recall(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state without the error that only the validation has, which claims the record."""
    first, *others = state["Retry"]
    first = first | {"ErrorEquals": [e for e in first["ErrorEquals"] if e != "Unannounced"]}
    catch = [each for each in state["Catch"] if each["ErrorEquals"] != ["Unannounced"]]
    return state | {"Retry": [first, *others], "Catch": catch}


def test_an_input_format(tree: Tree) -> None:
    contracts = (
        "tests/template/test_sizes.py::test_every_format_was_measured_and_accepted",
        "tests/docs/test_contracts.py::test_the_readme_lists_every_accepted_format",
        "tests/docs/test_generated.py::test_generated_parts_are_current",
        "tests/unit/test_signatures.py",
        "tests/unit/test_declared_types.py",
    )
    tree.insert(
        "layers/imaging/pictures/formats/definitions.py",
        '    Format(\n        name="JPEG2000",',
        '    Format(\n        name="QOI",\n        description="RGB and RGBA",\n'
        '        content_types=("image/qoi",),\n        extensions=("qoi",),\n'
        '        begins=signatures.starts_with(b"qoif"),\n'
        '        opener="PIL.QoiImagePlugin:QoiImageFile",\n    ),\n',
    )
    assert tree.failing(*contracts) == {
        "test_every_format_was_measured_and_accepted",
        "test_the_readme_lists_every_accepted_format",
        "test_generated_parts_are_current",
    }
    tree.replace("README.md", "BMP, JPEG 2000,", "BMP, QOI, JPEG 2000,")
    tree.run("tests.docs.generate")
    assert tree.failing(*contracts) == {"test_every_format_was_measured_and_accepted"}
    measured = tree.read("docs/limits.json")
    record = next(line for line in measured.splitlines() if '"outcome": "BMP"' in line)
    tree.insert("docs/limits.json", record, record.replace("BMP", "QOI") + "\n")
    assert tree.failing(*contracts) == set()
    check_places(tree, "An input format")
