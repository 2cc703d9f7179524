"""The lifecycle rules of the buckets, as the offline S3 returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def rules(aws: OfflineAws, bucket: str) -> dict[str, Any]:
    answer = aws.client("s3").get_bucket_lifecycle_configuration(Bucket=aws.deployment.ref(bucket))
    return {rule["ID"]: rule for rule in answer["Rules"]}


def test_a_rejected_upload_is_deleted_for_good_a_day_after_it_expires(aws: OfflineAws) -> None:
    rule = rules(aws, "UploadsBucket")["ExpireRejectedUploads"]
    assert rule["Filter"]["Tag"] == {"Key": "image-pipeline-status", "Value": "rejected"}
    assert rule["Expiration"]["Days"] == 30
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1


def test_noncurrent_versions_and_unfinished_uploads_expire_in_both_buckets(aws: OfflineAws) -> None:
    for bucket, days in (("UploadsBucket", 30), ("RenditionsBucket", 7)):
        found = rules(aws, bucket)
        noncurrent = found["ExpireNoncurrentVersions"]
        assert noncurrent["NoncurrentVersionExpiration"]["NoncurrentDays"] == days
        assert noncurrent["Expiration"]["ExpiredObjectDeleteMarker"] is True
        unfinished = found["AbortMultipartUploads"]["AbortIncompleteMultipartUpload"]
        assert unfinished["DaysAfterInitiation"] == 1
