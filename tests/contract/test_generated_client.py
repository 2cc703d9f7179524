"""A client that a public generator makes of docs/openapi.yaml does all that people do."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.docs.openapi_page import PATH
from tests.support.pictures import file_of, photo
from tests.support.waiting import await_condition

from .conftest import ISSUER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws

PACKAGE = "generated_image_pipeline_client"


@pytest.fixture(scope="module")
def call(aws: OfflineAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Function that calls an operation of the generated client and returns what it parsed."""
    folder = tmp_path_factory.mktemp("client")
    given = ["--path", str(PATH), "--output-path", str(folder / PACKAGE), "--meta", "none"]
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", *given],
        check=True,
        capture_output=True,
        # It formats what it has made with ruff, if it finds that.
        env={"PATH": "", "LANG": "C.UTF-8"},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        made = import_module(f"{PACKAGE}.client")
        client = made.AuthenticatedClient(aws.api_url, ISSUER.token("mia"))

        def operation(name: str, *given: Any, **named: Any) -> Any:
            return import_module(f"{PACKAGE}.api.images.{name}").sync_detailed(
                *given, client=client, **named
            )

        with client:
            yield operation


def model(name: str) -> Any:
    return getattr(import_module(f"{PACKAGE}.models"), name)


def test_a_picture_is_uploaded_awaited_listed_reviewed_and_deleted(
    call: Callable[..., Any],
) -> None:
    data = file_of(photo((96, 64)))
    wanted = model("CreateImageBody").from_dict(
        {"filename": "summer.jpg", "content_type": "image/jpeg", "bytes": len(data)}
    )
    created = call("create_image", body=wanted, idempotency_key="one").parsed
    upload = created.upload
    sent = httpx.post(upload.url, data=upload.fields.to_dict(), files={"file": data})
    assert sent.status_code == 201

    def image() -> Any:
        # Functions of the offline AWS take turns in this process, so that ?wait= would hold all.
        return call("get_image", created.image_id).parsed

    await_condition(lambda: image().status not in {"pending", "processing"})
    assert (image().image_id, image().status) == (created.image_id, "approved")
    assert httpx.get(image().renditions[0].url).content

    listed = call("list_images", status=model("Status")("approved")).parsed
    assert created.image_id in [each.image_id for each in listed.images]

    seen = call("get_image", created.image_id).headers["etag"]
    no = model("ReviewImageBody").from_dict({"decision": "reject", "reason": "not_ours"})
    reviewed = call("review_image", created.image_id, body=no, if_match=seen)
    assert (reviewed.status_code, reviewed.parsed.status) == (200, "rejected")
    late = call("review_image", created.image_id, body=no, if_match=seen)
    assert (late.status_code, late.parsed.code) == (412, "precondition_failed")

    assert call("delete_image", created.image_id).status_code == 202
    assert image().status == "deleted"
    told = call("list_image_events", created.image_id).parsed
    assert {"created", "approved", "decided", "deleted"} <= {each.type_ for each in told.events}
