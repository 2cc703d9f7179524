"""From a parameter of the template to what its function does: every setting, both ways.

Each handler is loaded with the environment that the template gives to its function.
"""

from __future__ import annotations

import json
import urllib.parse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.errors import Reason, ValidationError
from image_pipeline.identity import image_id
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import key_prefix
from image_pipeline.status import Status
from local.manifest import of_package
from tests.support.exif_blocks import ascii_text, exif_block, rational
from tests.support.handlers import load_handler
from tests.support.heif_files import HEIC_SIZE, heic
from tests.support.pictures import file_of, quarters
from tests.template.documents import properties

from .claims import claim_for
from .conftest import ENVIRONMENT, EXECUTION, RENDITIONS, STATE_MACHINE, TABLE, UPLOADS
from .executions import image_of, results

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_pipeline.models import Claim, Upload

    from .conftest import Account, Context

    Load = Callable[..., Callable[[dict[str, Any]], Any]]

RESOURCES = {
    "ImagesTable": TABLE,
    "UploadsBucket": UPLOADS,
    "RenditionsBucket": RENDITIONS,
    "ImagePipelineStateMachine": STATE_MACHINE,
}
SALT = "0123456789abcdef"
PIXELS = HEIC_SIZE[0] * HEIC_SIZE[1]
# Two deployments in all, because translating the template takes a second. In the first every
# setting differs from its default, and no two numbers are alike; the second refuses more.
UNUSUAL: dict[str, str] = {
    "MaxUploadBytes": "3000",
    "MaxPixels": str(PIXELS),
    "ModerationReviewConfidence": "41.5",
    "ModerationRejectConfidence": "73.5",
    "ModerationIgnoredLabels": "Violence",
    "UrlLifetimeSeconds": "123",
    "StoreGps": "true",
    "Renditions": "only=20x10:cover:png",
    "IdSalt": SALT,
    "ApiAuth": "NONE",
}
STRICT = {"MaxPixels": str(PIXELS - 1)}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, context: Context, account: Account) -> Load:
    """Load the handler of a function as a deployment with these parameters does."""

    def load(function: str, parameters: dict[str, str], **changed: str) -> Any:
        template = properties(
            of_package(function).logical_id, **{"WorkflowType": "STANDARD", **parameters}
        )
        for name in ENVIRONMENT:
            monkeypatch.delenv(name)
        variables = {**template["Environment"]["Variables"], "AWS_DEFAULT_REGION": "us-east-1"}
        variables = {name: RESOURCES.get(value, value) for name, value in variables.items()}
        module = load_handler(function, {**variables, **changed}, monkeypatch)
        return lambda event: module.handler(event, context)

    return load


def claimed(
    account: Account, data: bytes, key: str = "uploads/a"
) -> tuple[dict[str, Any], Upload, Claim]:
    event = account.created(account.upload(key, data), len(data))
    return event, *claim_for(event)


def image(account: Account, data: bytes, format_name: str = "JPEG") -> dict[str, Any]:
    _, upload, claim = claimed(account, data)
    found = image_of(upload, claim)
    found["facts"] |= {"format": format_name, "width": HEIC_SIZE[0], "height": HEIC_SIZE[1]}
    found["picture"] |= {"format": format_name, "bytes": len(data)}
    return {"image": found}


def refusal(call: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Reason | None:
    try:
        call(event)
    except ValidationError as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    ("size", "expected"), [(3000, None), (3001, Reason.TOO_LARGE)], ids=["most", "more"]
)
def test_max_upload_bytes(account: Account, load: Load, size: int, expected: Reason | None) -> None:
    data = file_of(quarters(HEIC_SIZE)).ljust(size, b"\0")
    event = account.created(account.upload("uploads/a", data), len(data))
    validate = load("validate", UNUSUAL)
    assert refusal(validate, {"event": event, "execution": EXECUTION}) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [(UNUSUAL, None), (STRICT, Reason.TOO_MANY_PIXELS)],
    ids=["as many", "one more"],
)
class TestMaxPixels:
    def test_validate(
        self, account: Account, load: Load, parameters: dict[str, str], expected: Reason | None
    ) -> None:
        data = file_of(quarters(HEIC_SIZE))
        event = account.created(account.upload("uploads/a", data), len(data))
        validate = load("validate", parameters)
        assert refusal(validate, {"event": event, "execution": EXECUTION}) == expected

    def test_convert(
        self, account: Account, load: Load, parameters: dict[str, str], expected: Reason | None
    ) -> None:
        event = image(account, heic(), "HEIF")
        assert refusal(load("convert", parameters), event) == expected

    def test_thumbnail(
        self, account: Account, load: Load, parameters: dict[str, str], expected: Reason | None
    ) -> None:
        event = image(account, file_of(quarters(HEIC_SIZE)))
        assert refusal(load("thumbnail", parameters), event) == expected

    def test_moderate(
        self,
        account: Account,
        load: Load,
        monkeypatch: pytest.MonkeyPatch,
        parameters: dict[str, str],
        expected: Reason | None,
    ) -> None:
        answering(monkeypatch)
        event = image(account, file_of(quarters(HEIC_SIZE), "GIF"), "GIF")
        assert refusal(load("moderate", parameters), event) == expected


def test_renditions(account: Account, load: Load) -> None:
    made = load("thumbnail", UNUSUAL)(image(account, file_of(quarters(HEIC_SIZE))))["renditions"]
    assert [(each["name"], each["width"], each["height"]) for each in made] == [("only", 20, 10)]
    assert {each["content_type"] for each in made} == {"image/png"}
    assert account.rendition_keys() == {each["key"] for each in made}


@pytest.mark.parametrize(("parameters", "is_stored"), [(UNUSUAL, True), (STRICT, False)])
def test_store_gps(
    account: Account, load: Load, parameters: dict[str, str], is_stored: bool
) -> None:
    degrees = rational((52, 1), (31, 1), (12, 1))
    place = {1: ascii_text("N"), 2: degrees, 3: ascii_text("E"), 4: degrees}
    event = image(account, file_of(quarters(), exif=exif_block({}, gps=place)))
    load("metadata", parameters)(event)
    record = Records(TABLE).get(event["image"]["claim"]["image_id"]) or {}
    assert ("52.5" in str(record["metadata"])) == is_stored


def answering(monkeypatch: pytest.MonkeyPatch, *labels: tuple[str, float]) -> list[Any]:
    """Have Rekognition see these labels in everything; the questions are collected."""
    questions: list[Any] = []

    class Rekognition:
        def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
            questions.append(question)
            found = [
                {"Name": name, "ParentName": "", "TaxonomyLevel": 1, "Confidence": confidence}
                for name, confidence in labels
            ]
            return {"ModerationLabels": found, "ModerationModelVersion": "7.0"}

    monkeypatch.setattr("image_pipeline.aws.rekognition", Rekognition)
    return questions


@pytest.mark.parametrize(
    ("label", "parameters", "verdict"),
    [
        (("Gambling", 41.4), UNUSUAL, "approved"),
        (("Gambling", 41.5), UNUSUAL, "review"),
        (("Gambling", 73.4), UNUSUAL, "review"),
        (("Gambling", 73.5), UNUSUAL, "rejected"),
        (("Violence", 99.0), UNUSUAL, "approved"),
        (("Violence", 99.0), STRICT, "rejected"),
        (("Gambling", 59.9), STRICT, "approved"),
        (("Gambling", 94.9), STRICT, "review"),
    ],
)
def test_moderation(
    account: Account,
    load: Load,
    monkeypatch: pytest.MonkeyPatch,
    label: tuple[str, float],
    parameters: dict[str, str],
    verdict: str,
) -> None:
    asked = answering(monkeypatch, label)
    event = image(account, file_of(quarters((80, 64))))
    assert load("moderate", parameters)(event)["verdict"] == verdict
    (question,) = asked
    assert question["MinConfidence"] == float(parameters.get("ModerationReviewConfidence", "60"))


def test_url_lifetime_seconds(account: Account, load: Load, context: Context) -> None:
    _, upload, claim = claimed(account, b"data")
    key = f"{key_prefix(claim, upload)}large.webp"
    facts = {"renditions": [{"name": "large", "key": key, "version_id": "v1"}]}
    Records(TABLE).finish(claim, Status.APPROVED, facts)
    api = load("api", {**UNUSUAL, "IdSalt": ""})
    answer = api({"routeKey": "GET /images/{id}", "pathParameters": {"id": claim.image_id}})
    (rendition,) = json.loads(answer["body"])["renditions"]
    url = urllib.parse.urlsplit(rendition["url"])
    assert RENDITIONS in url.netloc + url.path
    query = urllib.parse.parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["123"]
    signed_at = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%S%z")
    said = datetime.fromisoformat(rendition["expires_at"]) - signed_at
    assert abs(said - timedelta(seconds=123)) < timedelta(minutes=2)


class TestIdSalt:
    salted = image_id("uploads/a", SALT.encode())

    def test_validate(self, account: Account, load: Load) -> None:
        data = file_of(quarters(HEIC_SIZE))
        event = account.created(account.upload("uploads/a", data), len(data))
        claim = load("validate", UNUSUAL)({"event": event, "execution": EXECUTION})["claim"]
        assert claim["image_id"] == self.salted
        assert Records(TABLE).get(self.salted)

    def test_reject(self, account: Account, load: Load) -> None:
        event = account.created(account.upload("uploads/a", b"data"), 4)
        error = {"Error": "States.Timeout", "Cause": ""}
        load("reject", UNUSUAL)({"event": {**event, "error": error}, "execution": EXECUTION})
        assert (Records(TABLE).get(self.salted) or {})["status"] == "failed"

    def test_api(self, account: Account, load: Load) -> None:
        event = account.created(account.upload("uploads/a", b"data"), 4)
        claim_for(event, EXECUTION, SALT.encode())
        asked = {"routeKey": "GET /images", "queryStringParameters": {"key": "uploads/a"}}
        answer = load("api", UNUSUAL)(asked)
        assert json.loads(answer["body"])["image_id"] == self.salted

    def test_sweep(self, account: Account, load: Load) -> None:
        account.create_state_machine()
        event = account.created(account.upload("uploads/a", b"data"), 4)
        account.upload("uploads/b", b"data")
        _, claim = claim_for(event, EXECUTION, SALT.encode())
        Records(TABLE).finish(claim, Status.APPROVED, {})
        load("sweep", UNUSUAL, OVERDUE_SECONDS="0")({})
        ((name, given),) = account.executions().items()
        assert given["detail"]["object"]["key"] == "uploads/b"
        assert name.startswith(f"sweep-{image_id('uploads/b', SALT.encode())}-")


def test_store_writes_to_the_table_and_removes_from_the_bucket(
    account: Account, load: Load
) -> None:
    _, upload, claim = claimed(account, b"data")
    account.s3.put_object(Bucket=RENDITIONS, Key=f"{key_prefix(claim, upload)}old", Body=b"1")
    verdict = {"verdict": "approved", "labels": []}
    load("store", UNUSUAL)({"image": image_of(upload, claim), "results": results("", verdict)})
    assert (Records(TABLE).get(claim.image_id) or {})["status"] == "approved"
    assert account.rendition_keys() == set()


def test_reject_writes_to_the_table_and_removes_from_the_bucket(
    account: Account, load: Load
) -> None:
    event, upload, claim = claimed(account, b"data")
    account.s3.put_object(Bucket=RENDITIONS, Key=f"{key_prefix(claim, upload)}old", Body=b"1")
    state = {**event, "error": {"Error": "ClientError", "Cause": ""}}
    load("reject", STRICT)({"event": state, "execution": EXECUTION})
    assert (Records(TABLE).get(claim.image_id) or {})["status"] == "failed"
    assert account.rendition_keys() == set()


@pytest.mark.parametrize(("age", "restarted"), [(59, 0), (60, 1)])
def test_overdue_seconds(
    account: Account, load: Load, monkeypatch: pytest.MonkeyPatch, age: int, restarted: int
) -> None:
    account.create_state_machine()
    account.upload("uploads/a", b"data")
    sweep = load("sweep", STRICT)
    listing = account.s3.list_object_versions(Bucket=UPLOADS)["Versions"]
    listed_at = listing[0]["LastModified"] + timedelta(seconds=age)
    monkeypatch.setattr("sweep.listing.time_of", lambda _: listed_at)
    assert sweep({}) == {"restarted": restarted, "given_up": 0}


def test_restarts_per_sweep(account: Account, load: Load) -> None:
    account.create_state_machine()
    for number in range(4):
        account.upload(f"uploads/{number}", b"data")
    sweep = load("sweep", STRICT, OVERDUE_SECONDS="0", RESTARTS_PER_SWEEP="3")
    assert sweep({}) == {"restarted": 3, "given_up": 0}
    assert len(account.executions()) == 3
