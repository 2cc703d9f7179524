"""Steps of a backfill reuse earlier results that would not differ, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import storage
from image_pipeline.errors import Superseded
from image_pipeline.events import RERUN, SWEEP, look_at
from image_pipeline.history import EARLIER, HISTORY, REVISION, rebuilt
from image_pipeline.identity import image_id
from image_pipeline.models import Claim, from_dict
from image_pipeline.records import Records
from image_pipeline.status import Status
from tests.support.handlers import load_handler
from tests.support.pictures import file_of, quarters

from .conftest import ENVIRONMENT, EXECUTION, RENDITIONS, TABLE, UPLOADS

if TYPE_CHECKING:
    from .conftest import Account, Context

KEY = "uploads/a.jpg"
TIME = "2026-05-01T12:00:00Z"
DATA = file_of(quarters((120, 90)))
ADAPTER = "arn:aws:rekognition:eu-west-1:123456789012:project/one/version/two/1700000000000"
records = Records(TABLE)


@dataclass
class Rekognition:
    """Answers with labels of one confidence, as far as it is asked for."""

    confidence: float = 70.0
    asked: list[float] = field(default_factory=list)

    def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
        self.asked.append(question["MinConfidence"])
        label = {"Name": "Violence", "ParentName": "", "TaxonomyLevel": 1}
        labels = [label | {"Confidence": self.confidence}]
        told = labels if self.confidence >= question["MinConfidence"] else []
        return {"ModerationLabels": told, "ModerationModelVersion": "7.0"}


@dataclass
class Pipeline:
    """The steps, with any settings; each run is another execution."""

    account: Account
    context: Context
    patch: pytest.MonkeyPatch
    rekognition: Rekognition = field(default_factory=Rekognition)
    runs: int = 0

    def first(self, **variables: str) -> dict[str, Any]:
        """Process the upload; return its record."""
        event = self.account.created(self.account.upload(KEY, DATA), len(DATA))
        return self.run(self.validated(event), **variables)

    def again(self, *, reuse: bool = True, source: str = RERUN) -> dict[str, Any]:
        """Claim the same version again; return what the steps are given."""
        return self.validated(look_at(UPLOADS, KEY, source, TIME, reuse=reuse))

    def validated(self, event: dict[str, Any]) -> dict[str, Any]:
        self.runs += 1
        return self._call("validate", {"event": event, "execution": f"{EXECUTION}{self.runs}"})

    def step(self, name: str, image: dict[str, Any], **variables: str) -> dict[str, Any]:
        return self._call(name, {"image": image}, **variables)

    def run(self, image: dict[str, Any], **variables: str) -> dict[str, Any]:
        """Run the steps after `ValidateImage`; return the record."""
        results = {
            **self.step("thumbnail", image, **variables),
            **self.step("metadata", image, **variables),
            "verdict": self.step("moderate", image, **variables),
        }
        self._call("store", {"image": image, "results": results}, **variables)
        return self.record()

    def record(self) -> dict[str, Any]:
        return records.get(image_id(KEY)) or {}

    def versions(self) -> set[str]:
        return {str(each.version_id) for each in storage.list_versions(RENDITIONS, "")}

    def _call(self, name: str, payload: dict[str, Any], **variables: str) -> dict[str, Any]:
        self.patch.setattr("image_pipeline.aws.rekognition", lambda: self.rekognition)
        module = load_handler(name, {**ENVIRONMENT, **variables}, self.patch)
        answer: dict[str, Any] = module.handler(payload, self.context)
        return answer


@pytest.fixture
def pipeline(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    return Pipeline(account, context, monkeypatch)


def test_what_has_not_changed_is_reused(pipeline: Pipeline) -> None:
    before, versions = pipeline.first(), pipeline.versions()
    after = pipeline.run(pipeline.again())
    assert after["execution"] != before["execution"]
    assert pipeline.versions() == versions
    assert pipeline.rekognition.asked == [60.0]
    parts = ("status", "renditions", "placeholder", "metadata", "moderation", "source")
    assert {name: after[name] for name in parts} == {name: before[name] for name in parts}
    assert after["fingerprint"] == before["fingerprint"]
    assert after["cost_usd"] < before["cost_usd"] - 0.001


@pytest.mark.parametrize(
    ("again", "source"), [(False, RERUN), (True, "aws.s3")], ids=["an ordinary rerun", "of S3"]
)
def test_no_other_event_reuses_anything(pipeline: Pipeline, again: bool, source: str) -> None:
    record = pipeline.first()
    if source == "aws.s3":
        records.amend(record, {"status": Status.FAILED}, (), [{"type": "failed", "by": "a test"}])
    image = pipeline.again(reuse=again, source=source)
    assert "reuse" not in image["claim"]
    assert EARLIER not in pipeline.record()
    versions = pipeline.versions()
    pipeline.run(image)
    assert pipeline.rekognition.asked == [60.0, 60.0]
    assert not pipeline.versions() & versions


def test_after_a_backfill_has_failed_nothing_is_reused(pipeline: Pipeline) -> None:
    """What has stopped an execution may be what it has reused."""
    pipeline.first()
    pipeline.again()
    assert EARLIER in pipeline.record()
    claim = from_dict(Claim, pipeline.record())
    records.finish(claim, Status.FAILED, {})
    image = pipeline.again(source=SWEEP)
    assert EARLIER not in pipeline.record()
    pipeline.run(image)
    assert len(pipeline.rekognition.asked) == 2


def test_earlier_results_are_no_facts(pipeline: Pipeline) -> None:
    """They are neither in the history, which people read, nor in a finished record."""
    pipeline.first()
    image = pipeline.again()
    opened = pipeline.record()
    assert opened[EARLIER]["metadata"]["width"] == 120
    assert EARLIER not in str(opened[HISTORY])
    assert "metadata" not in image
    finished = pipeline.run(image)
    assert EARLIER not in finished
    assert rebuilt(finished[HISTORY])["renditions"] == finished["renditions"]


def test_a_retry_of_validation_allows_the_same(pipeline: Pipeline) -> None:
    pipeline.first()
    image = pipeline.again()
    pipeline.runs -= 1
    revision = pipeline.record()[REVISION]
    assert pipeline.again() == image
    assert pipeline.record()[REVISION] == revision


@pytest.mark.parametrize(
    ("settings", "asked", "status"),
    [
        ({"MODERATION_REVIEW_CONFIDENCE": "75"}, 1, "approved"),
        ({"MODERATION_REJECT_CONFIDENCE": "65"}, 1, "rejected"),
        ({"MODERATION_IGNORED_LABELS": "Violence"}, 1, "approved"),
        ({"MODERATION_REVIEW_CONFIDENCE": "50"}, 2, "review"),
        ({"MODERATION_ADAPTER_ARN": ADAPTER}, 2, "review"),
        ({"MODERATION_PROVIDER": "NONE"}, 1, "review"),
    ],
    ids=["higher", "rejects", "ignores", "asks for less", "another engine", "a person"],
)
def test_stored_labels_are_judged_by_the_policy_of_today(
    pipeline: Pipeline, settings: dict[str, str], asked: int, status: str
) -> None:
    pipeline.first()
    record = pipeline.run(pipeline.again(), **settings)
    assert record["status"] == status
    assert len(pipeline.rekognition.asked) == asked


@pytest.mark.parametrize("confidence", ["50", "75", "90"])
def test_reused_labels_are_those_of_a_new_answer(pipeline: Pipeline, confidence: str) -> None:
    settings = {"MODERATION_REVIEW_CONFIDENCE": confidence}
    pipeline.first()
    reused = pipeline.run(pipeline.again(), **settings)
    made = pipeline.run(pipeline.again(reuse=False), **settings)
    assert reused["moderation"] == made["moderation"]
    assert reused["fingerprint"] == made["fingerprint"]


def test_labels_are_asked_for_again_once_they_were_left_out(pipeline: Pipeline) -> None:
    pipeline.first()
    pipeline.run(pipeline.again(), MODERATION_REVIEW_CONFIDENCE="75")
    record = pipeline.run(pipeline.again())
    assert (record["status"], len(pipeline.rekognition.asked)) == ("review", 2)


@pytest.mark.parametrize(
    "settings", [{"MODERATION_PROVIDER": "NONE"}, {}], ids=["a person", "no answer"]
)
def test_without_labels_rekognition_is_asked(
    pipeline: Pipeline, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        incomplete: dict[str, Any] = {"ModerationLabels": []}
        patch.setattr(Rekognition, "detect_moderation_labels", lambda _, **__: incomplete)
        assert pipeline.first(**settings)["status"] == "review"
    assert "min_confidence" not in pipeline.record()["fingerprint"]
    pipeline.run(pipeline.again())
    assert pipeline.rekognition.asked == [60.0]


def test_labels_of_a_record_that_does_not_tell_what_was_asked_are_not_reused(
    pipeline: Pipeline,
) -> None:
    """An earlier release wrote none; labels could be missing."""
    record = pipeline.first()
    del record["fingerprint"]["min_confidence"]
    amended = {"fingerprint": record["fingerprint"]}
    records.amend(record, amended, (), [{"type": "amended", "by": "a test"}])
    pipeline.run(pipeline.again())
    assert len(pipeline.rekognition.asked) == 2


def test_other_renditions_are_made_without_asking_again(pipeline: Pipeline) -> None:
    pipeline.first()
    versions = pipeline.versions()
    record = pipeline.run(pipeline.again(), RENDITIONS="small=20x20:cover:webp")
    assert [each["name"] for each in record["renditions"]] == ["small"]
    assert not pipeline.versions() & versions
    assert len(pipeline.rekognition.asked) == 1


@pytest.mark.parametrize("lost", ["one", "all"])
def test_renditions_that_are_gone_are_made_again(pipeline: Pipeline, lost: str) -> None:
    renditions = pipeline.first()["renditions"]
    for each in renditions[: 1 if lost == "one" else None]:
        pipeline.account.s3.delete_object(
            Bucket=RENDITIONS, Key=each["key"], VersionId=each["version_id"]
        )
    record = pipeline.run(pipeline.again())
    assert {each["version_id"] for each in record["renditions"]} == pipeline.versions()
    assert len(record["renditions"]) == len(renditions)


def test_a_rejected_image_gets_renditions_when_it_is_approved(pipeline: Pipeline) -> None:
    assert pipeline.first(MODERATION_REJECT_CONFIDENCE="65")["renditions"] == []
    record = pipeline.run(pipeline.again(), MODERATION_REVIEW_CONFIDENCE="75")
    assert (record["status"], len(record["renditions"])) == ("approved", 2)
    assert len(pipeline.rekognition.asked) == 1


def test_reused_metadata_is_written_without_reading_the_upload(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pipeline.first()
    image = pipeline.again()
    read: list[str] = []
    genuine = storage.read

    def reading(source: Any, size: int) -> bytes:
        read.append(source.key)
        return genuine(source, size)

    monkeypatch.setattr(storage, "read", reading)
    answer = pipeline.step("metadata", image)
    assert (answer["source"]["sha256"], read) == (before["source"]["sha256"], [])
    assert pipeline.record()["metadata"] == before["metadata"]
    pipeline.step("metadata", image, STORE_GPS="false")
    assert read == [KEY]


@pytest.mark.parametrize("step", ["thumbnail", "metadata", "moderate"])
def test_a_step_that_has_lost_its_claim_reuses_nothing(pipeline: Pipeline, step: str) -> None:
    pipeline.first()
    image = pipeline.again()
    newer = pipeline.account.created(pipeline.account.upload(KEY, DATA), len(DATA), "0B")
    pipeline.validated(newer)
    with pytest.raises(Superseded):
        pipeline.step(step, image)
    assert len(pipeline.rekognition.asked) == 1


class Distribution:
    """Notes which versions CloudFront has to forget."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.hidden: list[str] = []
        patch.setattr("image_pipeline.distribution.approve", list)
        patch.setattr("image_pipeline.distribution.withdraw", self._withdraw)

    def _withdraw(self, _: str, versions: Any) -> None:
        self.hidden += [each.version_id for each in versions]


@pytest.mark.parametrize("keeps", ["true", "false"])
def test_renditions_that_go_to_review_are_hidden_unless_they_stay_shown(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, keeps: str
) -> None:
    """CloudFront may read what was approved; the same versions are in review now."""
    record = pipeline.first(MODERATION_REVIEW_CONFIDENCE="75", MODERATION_REJECT_CONFIDENCE="80")
    assert record["status"] == "approved"
    monkeypatch.setitem(ENVIRONMENT, "KEEP_LAST_APPROVED", keeps)
    monkeypatch.setitem(ENVIRONMENT, "DISTRIBUTION_ID", "distribution")
    distribution = Distribution(monkeypatch)
    after = pipeline.run(pipeline.again())
    assert after["status"] == "review"
    named = {each["version_id"] for each in after["renditions"]}
    assert named == {each["version_id"] for each in record["renditions"]}
    assert set(distribution.hidden) == (set() if keeps == "true" else named)
    assert ("last_approved" in after) == (keeps == "true")
