"""A month's cost, from the template and from what an upload uses."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.mixes import mixed as modeled_mix
from benchmarks.way import ASSUMED, recorded
from local.errors import TemplateError
from local.manifest import ROOT
from ops.cli import main
from ops.cost import console, tables
from ops.cost.crossover import MACHINES, crossover
from ops.cost.designs import designs
from ops.cost.model import HOURS, bill
from ops.cost.month import KEYS_A_DAY, KEYS_OF_A_SWEEP, quantities, sampled
from ops.cost.prices import price
from ops.cost.run import default_report
from ops.cost.stack import Stack, stack_of
from ops.cost.upload import execution_seconds, processing
from ops.cost.usage import Invocations, measured
from ops.cost.workload import ORDINARY, mixed
from sweep import rounds

TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


def stack(**parameters: str) -> Stack:
    return stack_of(TEMPLATE, parameters)


def month(changed: Stack | None = None, **work: Any) -> dict[str, float]:
    report = default_report()
    return quantities(changed or report.stack, report.measured, replace(report.work, **work))


def test_the_settings_of_functions_are_those_of_the_template() -> None:
    written = re.findall(r"\n  (\w+Function):\n(?:    .*\n|\n)*?      MemorySize: (\d+)", TEMPLATE)
    deployed = stack(WebhookUrl="https://example.com").functions
    known = {name: int(size) for name, size in written if name in deployed}
    assert known.items() == {name: each.memory for name, each in deployed.items()}.items()
    assert deployed["ConvertFunction"].timeout == 300
    assert deployed["ModerateFunction"].reserved is None
    assert stack(ModerationConcurrency="7").functions["ModerateFunction"].reserved == 7


def test_a_changed_memory_size_changes_the_bill() -> None:
    doubled = re.sub(r"(ThumbnailFunction:(?:\n.*?)+?MemorySize: )\d+", r"\g<1>9000", TEMPLATE)
    assert doubled != TEMPLATE
    before, after = month(stack()), month(stack_of(doubled, {}))
    assert after["lambda_arm64"] > 1.5 * before["lambda_arm64"]


def test_what_has_a_condition_costs_only_under_it() -> None:
    plain, other = month(), month(stack(WebhookUrl="https://example.com"))
    assert other["secrets"] == plain["secrets"] + 1
    assert other["alarms"] > plain["alarms"]
    assert other["sqs_requests"] >= plain["sqs_requests"] + 3e6
    assert "rekognition" not in month(stack(ModerationProvider="NONE"))
    key = "arn:aws:kms:us-east-1:123456789012:key/a"
    assert month(stack(KmsKeyArn=key))["kms_keys"] == 1
    assert "kms_keys" not in plain
    assert month(stack(NotificationEmail="a@example.com"))["sns_emails"] == pytest.approx(1e6)


def test_kept_answers_save_the_questions_that_are_repeated() -> None:
    keeping, plain = stack(KeepAnswersDays="90"), month()
    saved, new = month(keeping, repeated=0.25), month(keeping)
    assert saved["rekognition"] == pytest.approx(0.75 * plain["rekognition"])
    assert new["rekognition"] == plain["rekognition"]
    each = plain["rekognition"]
    assert new["dynamodb_writes"] - plain["dynamodb_writes"] == pytest.approx(2 * each)
    assert saved["dynamodb_writes"] - plain["dynamodb_writes"] == pytest.approx(1.5 * each)
    assert new["dynamodb_reads"] - plain["dynamodb_reads"] == pytest.approx(2 * each)
    assert month(repeated=0.25) == plain


@pytest.mark.parametrize("name", ["cold", "repeated"])
def test_a_share_is_a_percentage(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["cost", f"--{name}", "101"]) == 2
    assert f"--{name} is a percentage, not 101" in capsys.readouterr().err


CONSOLE = {"Console": "true", "ApiAuth": "JWT"}


def test_people_are_free_until_there_are_ten_thousand() -> None:
    def dollars(people: float, *, free_tier: bool = True) -> float:
        used = month(stack(**CONSOLE), people=people)
        return bill(used, free_tier=free_tier).by_service()["Cognito"]

    assert dollars(10_000) == 0
    assert dollars(12_000) == pytest.approx(2000 * 0.015)
    assert dollars(100, free_tier=False) == pytest.approx(1.5)
    assert "cognito_people" not in month(stack(**CONSOLE))


def test_visits_of_the_console_are_requests_invocations_reads_and_traces() -> None:
    plain, visited = month(stack(**CONSOLE)), month(stack(**CONSOLE), visits=1000)
    more = {name: visited[name] - plain[name] for name in visited}
    assert more["api_requests"] == pytest.approx(64_000)
    # Also a token for each visit, which Cognito has a function make.
    assert more["lambda_requests"] == pytest.approx(65_000)
    assert more["xray_traces"] == pytest.approx(65_000)
    assert more["dynamodb_reads"] == pytest.approx(60_000 * 40 * 2)
    of_another_issuer = stack(**CONSOLE, JwtIssuer="https://issuer.example", JwtAudience="images")
    without = month(of_another_issuer)["lambda_requests"]
    assert month(of_another_issuer, visits=1000)["lambda_requests"] - without == 64_000


def test_visits_cost_what_the_documentation_says() -> None:
    reports = [
        default_report(stack=stack(**CONSOLE), work=replace(default_report().work, visits=visits))
        for visits in (0, 1000)
    ]
    before, after = (each.bills[1].total for each in reports)
    assert after - before == pytest.approx(1.37, abs=0.01)
    assert "1,000 visits of ten minutes are $1.37" in (ROOT / "docs" / "cost.md").read_text()
    assert "costs $0.0014 at most" in (ROOT / "docs" / "console.md").read_text()


def test_a_visit_lists_as_often_and_as_much_as_the_gallery() -> None:
    assets = ROOT / "functions" / "console" / "assets"
    gallery = (assets / "gallery.js").read_text(encoding="utf-8")
    images = (assets / "gallery_list.js").read_text(encoding="utf-8")
    assert f"const AGAIN = {console.SECONDS_BETWEEN_LISTS}_000;" in gallery
    assert f"const FIRST = {console.LISTED};" in images


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(TemplateError, match="no parameter Nothing"):
        stack(Nothing="")


def test_renditions_are_delivered_by_s3_or_by_cloudfront() -> None:
    plain, other = month(), month(stack(Delivery="CLOUDFRONT"))
    assert "transfer" in plain
    assert "transfer" not in other
    assert other["cloudfront_transfer"] == pytest.approx(plain["transfer"])
    assert other["cloudfront_requests"] == pytest.approx(1e7)


def test_both_processors_take_the_same_gigabyte_seconds_at_their_own_price() -> None:
    arm, x86 = month(), month(stack(Architecture="x86_64"))
    assert x86["lambda_x86_64"] == pytest.approx(arm["lambda_arm64"])
    assert default_report(stack=stack(Architecture="x86_64")).per_thousand > (
        default_report().per_thousand
    )


def test_an_express_execution_is_billed_by_time_and_its_queue_by_request() -> None:
    report = default_report()
    express = report.of("arm64", "EXPRESS")
    one = processing(express.stack, express.measured, express.work)
    assert "states_standard" not in one
    assert one["states_express_requests"] == 1
    longest = max(
        execution_seconds(express.stack, express.measured, usage)
        for usage in express.measured.kinds.values()
    )
    assert 0 < one["states_express"] <= 64 / 1024 * (longest + 0.1)
    assert one["sqs_requests"] == 3
    assert express.per_thousand[1] < 0.5 * report.of("arm64", "STANDARD").per_thousand[1]


def test_an_execution_lasts_and_its_dispatch_costs_as_long_as_where_memory_is_chosen() -> None:
    """With the CPU and the calls that benchmarks.mixes knows, which are of other pictures."""
    standard, express = (default_report().of("arm64", each) for each in ("STANDARD", "EXPRESS"))
    sizes = {name: each.memory for name, each in express.stack.functions.items()}
    modeled = modeled_mix("ordinary", recorded(), sizes)
    photo = express.measured.kinds["photo"]
    answering = {"ModerateFunction": ASSUMED.rekognition}
    functions = {
        name: Invocations(
            each.requests,
            recorded()[name].cpu,
            recorded()[name].waiting + answering.get(name, 0.0),
        )
        for name, each in photo.functions.items()
    }
    found = replace(express.measured, kinds={"photo": replace(photo, functions=functions)})
    seconds = execution_seconds(express.stack, found, found.kinds["photo"])
    assert seconds == pytest.approx(modeled.standard.warm - ASSUMED.delivery)

    work = replace(express.work, mix={"photo": 1.0}, cold=0.0)
    without, dispatched = (
        processing(each.stack, found, work)["lambda_arm64"] for each in (standard, express)
    )
    dollars = (dispatched - without) * 1000 * price("lambda_arm64").usd
    assert dollars == pytest.approx(modeled.express.dollars - modeled.standard.dollars)


def test_the_other_workflow_costs_the_same_where_the_template_does_not_have_its_function() -> None:
    deployed, other = (
        processing(report.stack, report.measured, report.work)
        for report in (
            default_report().of("arm64", "EXPRESS"),
            default_report(stack=stack()).of("arm64", "EXPRESS"),
        )
    )
    assert other == pytest.approx(deployed)


def test_a_standard_execution_is_billed_by_state() -> None:
    report = default_report().of("arm64", "STANDARD")
    photo = replace(report.work, mix={"photo": 1.0})
    assert processing(report.stack, report.measured, photo)["states_standard"] == 8


def test_every_service_has_a_line() -> None:
    report = default_report(stack=stack(Delivery="CLOUDFRONT"))
    assert set(report.bills[0].by_service()) >= {
        "Lambda",
        "Step Functions",
        "Rekognition",
        "S3",
        "DynamoDB",
        "API Gateway",
        "SNS",
        "SQS",
        "CloudWatch",
        "X-Ray",
        "CloudFront",
        "EventBridge",
        "Secrets Manager",
    }
    assert "Data transfer" in default_report().bills[0].by_service()


def test_the_cost_of_an_idle_stack_is_what_stands() -> None:
    bill = default_report(work=replace(default_report().work, pictures=0)).bills[1]
    assert bill.by_service()["Rekognition"] == 0
    assert 0 < bill.total < 50


def test_a_service_costs_no_less_without_free_units() -> None:
    with_free, without = default_report().bills
    for service, usd in with_free.by_service().items():
        assert usd <= without.by_service()[service] + 1e-9


def test_the_shares_of_services_add_up() -> None:
    shares = default_report().as_json()["month"]["services"].values()
    assert sum(each["share"] for each in shares) == pytest.approx(1)


def test_a_mix_is_normalized() -> None:
    assert mixed({"photo": 3, "heic": 1}, ORDINARY) == {"photo": 0.75, "heic": 0.25}
    assert sum(ORDINARY.values()) == pytest.approx(1)
    assert set(ORDINARY) == set(measured().kinds)
    for wrong in ({"cat": 1.0}, {"photo": 0.0}, {"photo": 2.0, "heic": -1.0}):
        with pytest.raises(ValueError, match="a mix is like"):
            mixed(wrong, ORDINARY)


def test_xray_samples_one_a_second_and_a_twentieth_of_the_others() -> None:
    second = HOURS * 3600
    assert sampled(second / 2) == pytest.approx(second / 2)
    assert sampled(second * 21) == pytest.approx(second * 2)


def test_provisioned_concurrency_is_paid_whether_used_or_not() -> None:
    ready = stack(StepsColdStarts="PROVISIONED", StepsProvisionedConcurrency="2")
    used = month(ready, pictures=0.0)
    gigabytes = sum(each.memory * each.provisioned for each in ready.functions.values()) / 1024
    assert used["lambda_provisioned_arm64"] == pytest.approx(gigabytes * HOURS * 3600)
    assert month(ready)["lambda_provisioned_duration_arm64"] > 0
    assert month(stack(StepsColdStarts="SNAPSTART"))["lambda_snapstart_restore"] > 0


def test_what_takes_uploads_from_the_queue_starts_as_the_steps_do() -> None:
    for kind, quantity in (
        ("PROVISIONED", "lambda_provisioned_duration_arm64"),
        ("SNAPSTART", "lambda_snapstart_restore"),
    ):
        steps, express = (
            month(stack(StepsColdStarts=kind, WorkflowType=workflow))[quantity]
            for workflow in ("STANDARD", "EXPRESS")
        )
        assert express > steps


def test_machines_cost_less_from_where_the_lines_cross() -> None:
    def machine(_pictures: float) -> float:
        return 100.0

    assert crossover(lambda pictures: pictures / 1000, machine) == pytest.approx(1e5, rel=0.01)
    assert math.isinf(crossover(lambda _: 1.0, machine))


def test_every_machine_has_an_address_and_those_of_ec2_a_disk() -> None:
    for machine in MACHINES:
        assert machine.quantities["public_ipv4"] == HOURS
        assert ("ebs_gp3" in machine.quantities) == machine.name.startswith("EC2")
    two_fargate = 2 * HOURS * (0.03238 + 4 * 0.00356 + 0.005)
    assert MACHINES[0].dollars(1, 1.0) == pytest.approx(two_fargate)


def test_machines_are_as_many_as_the_work_needs() -> None:
    fargate = MACHINES[0]
    assert fargate.needed(1, 1.0) == 2
    assert fargate.needed(10e6, 1.0) == math.ceil(10e6 / (HOURS * 3600 * 0.6))


def test_the_express_workflow_moves_the_crossover_up() -> None:
    crossovers = default_report().crossovers()
    volumes = {(name, workflow): volume for name, workflow, volume, _ in crossovers}
    for machine in MACHINES:
        assert volumes[machine.name, "EXPRESS"] > volumes[machine.name, "STANDARD"] > 10_000


def test_tables_have_a_row_for_each_kind_and_function() -> None:
    report = default_report()
    uploads, functions = tables.kinds(report), tables.settings(report)
    assert all(f"| {kind} " in uploads for kind in ORDINARY)
    assert "| ThumbnailFunction " in functions


def test_a_durable_function_lies_between_the_workflows() -> None:
    dollars = {name: month_of(1e6) for name, month_of in designs(default_report())}
    standard, express, durable, *machines = dollars.values()
    assert express < durable < standard
    assert len(machines) == 2


@pytest.mark.parametrize(
    ("pictures", "walks"),
    [(400, 2920), (10_000, 500_000 / 120_000 * 365 / 12), (1_000_000, 365 / 12)],
    ids=["in every sweep", "half a million keys a day", "once a day"],
)
def test_sweeps_read_each_record_twice_as_often_as_they_walk(pictures: int, walks: float) -> None:
    """By its key, in units of 4 KB, and by pages of the table; both eventually consistent."""
    assert (KEYS_OF_A_SWEEP, KEYS_A_DAY) == (rounds._FEW, rounds._KEYS_A_DAY)
    report = default_report()
    work = replace(report.work, pictures=pictures)
    size = sum(share * usage.stored["Records"] for share, usage in work.shares(report.measured))
    idle = report.measured.sweep.quantities["dynamodb_reads"] * report.stack.sweeps
    uploads = processing(report.stack, report.measured, work)["dynamodb_reads"] * pictures
    asked = report.measured.requests
    requests = pictures * sum(
        each * asked[name].quantities["dynamodb_reads"]
        for name, each in (("read", work.reads), ("create", work.creates))
    )
    compared = pictures * work.kept * walks
    # 98 % of the records have more than 4 KB, those of refused files do not.
    by_key = 0.98 * 1.0 + 0.02 * 0.5
    found = (month(pictures=pictures)["dynamodb_reads"] - idle - uploads - requests) / compared
    assert found == pytest.approx(by_key + size / 8192)
