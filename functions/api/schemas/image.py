"""An image as the API shows it."""

from __future__ import annotations

from typing import Any

from api.schemas.fields import array, count, flag, moment, number, record, ref, text, texts
from image_pipeline.identity import ID_PATTERN
from image_pipeline.status import Status

IMAGE_ID = text("Id of the image.", pattern=f"^{ID_PATTERN}$")
STATUS = {"type": "string", "enum": [*map(str, Status)]}

_NAMES = {"propertyNames": {"maxLength": 128}}

SCHEMAS = {
    "Status": STATUS
    | {
        "description": "`pending` and `processing` are in work; `approved`, `review`, `rejected` "
        "and `failed` are outcomes; `deleted` is what is left of a deleted image."
    },
    "Image": record(
        "An image. Facts that are not known, or not to be shown, are left out.",
        "image_id status",
        image_id=IMAGE_ID,
        status=ref("Status"),
        reason=text("Why the image is not approved, for programs; more may be added."),
        message=text("Why the image is not approved, for the owner of the file."),
        key=text("Key of the uploaded object: untrusted text."),
        upload=ref("Notes"),
        created_at=moment("When the image became known; lists are in this order."),
        uploaded_at=moment("When the object was uploaded."),
        processed_at=moment("When the outcome was recorded."),
        source=ref("Source"),
        renditions=array(ref("Rendition"), "Renditions of the newest approved version."),
        placeholder=ref("Placeholder"),
        metadata=ref("Metadata"),
        moderation=ref("Moderation"),
        cost_usd=number("Estimated cost of the processing, in US dollars.", minimum=0),
        last_approved=record(
            "The approved version that the renditions are of, if it is not the newest one.",
            "",
            version_id=text("Version of the uploaded object."),
            uploaded_at=moment("When it was uploaded."),
            processed_at=moment("When it was approved."),
        ),
    ),
    "Notes": record(
        "The uploader's own notes: untrusted text.",
        "",
        metadata=texts("User metadata, without the prefix x-amz-meta-.") | _NAMES,
        tags=texts("Tags that the object had when it was validated.") | _NAMES,
    ),
    "Source": record(
        "The uploaded file.",
        "",
        format=text("Name of the format, such as JPEG or HEIF."),
        content_type=text("Media type of the format."),
        bytes=count("Length of the file."),
        width=count("Pixels, as displayed."),
        height=count("Pixels, as displayed."),
        sha256=text("SHA-256 of the file.", pattern="^[0-9a-f]{64}$"),
        version_id=text("Version of the object in the bucket."),
    ),
    "Rendition": record(
        "A file made of an approved picture, and where to read it.",
        "name content_type width height bytes url expires_at",
        name=text("Name of the rendition, as configured."),
        content_type=text("Media type of the file."),
        width=count("Pixels."),
        height=count("Pixels."),
        bytes=count("Length of the file."),
        url=text("Reads the file, without credentials, until `expires_at`.", format="uri"),
        expires_at=moment("When the URL stops working."),
    ),
    "Placeholder": record(
        "The picture in a few characters.",
        "blurhash difference_hash",
        blurhash=text("A BlurHash with four by three components."),
        difference_hash=text("64 bits, to find copies with.", pattern="^[0-9a-f]{16}$"),
        dominant_color=text("The most frequent color.", pattern="^#[0-9a-f]{6}$"),
    ),
    "Metadata": record(
        "What the file says about the picture.",
        "width height mode frames animated has_alpha",
        width=count("Pixels, as displayed."),
        height=count("Pixels, as displayed."),
        mode=text("Layout of the pixels, as Pillow names it."),
        frames=count("Frames of an animation; otherwise 1."),
        animated=flag("Whether there is more than one frame."),
        has_alpha=flag("Whether parts may be transparent."),
        dpi=array(
            {"type": "number"}, "Horizontal and vertical resolution.", minItems=2, maxItems=2
        ),
        icc_profile=text("Name of the embedded color profile."),
        color_space=text("Color space that the file names without a profile."),
        hdr=text("PQ, HLG, or the kind of gain map."),
        captured_at=text("ISO 8601; a day, a month or a year if no more is known."),
        camera=record(
            "The camera.",
            "",
            make=text("Manufacturer."),
            model=text("Model."),
            lens=text("Lens."),
            software=text("Software."),
        ),
        exposure=record(
            "The exposure.",
            "",
            iso={"type": "integer", "description": "Sensitivity."},
            f_number=number("Aperture."),
            exposure_time=number("Seconds."),
            focal_length=number("Millimeters."),
        ),
        orientation={
            "type": "integer",
            "minimum": 1,
            "maximum": 8,
            "description": "Of EXIF; already applied to the renditions.",
        },
        gps=record(
            "The position, if StoreGps=true.",
            "latitude longitude",
            latitude=number("Degrees north.", minimum=-90, maximum=90),
            longitude=number("Degrees east.", minimum=-180, maximum=180),
            altitude=number("Meters above sea level."),
        ),
        warnings=array({"type": "string"}, "What is odd about the file, or not certain."),
    ),
    "Moderation": record(
        "The verdict, and what it rests on.",
        "verdict labels",
        verdict=STATUS | {"enum": ["approved", "review", "rejected"]},
        labels=array(ref("Label"), "Labels of Rekognition at or above the review confidence."),
        model_version=text("Version of Rekognition's model."),
    ),
    "Label": record(
        "A label of Rekognition's moderation taxonomy.",
        "name parent level confidence",
        name=text("Name."),
        parent=text("Name of the label above it; empty at the top."),
        level={"type": "integer", "minimum": 1, "maximum": 3},
        confidence=number("Percent.", minimum=0, maximum=100),
    ),
}
EXAMPLES: dict[str, Any] = {
    "Image": {
        "image_id": "5ckxvam4h5m3v2i7bbvu5coi3h",
        "status": "approved",
        "key": "uploads/sample.jpg",
        "upload": {"metadata": {"order-id": "10017"}, "tags": {"shop": "north"}},
        "created_at": "2026-11-21T12:00:00.413Z",
        "uploaded_at": "2026-11-21T12:00:00Z",
        "processed_at": "2026-11-21T12:00:02.113Z",
        "source": {
            "format": "JPEG",
            "content_type": "image/jpeg",
            "bytes": 2210332,
            "width": 3024,
            "height": 4032,
            "sha256": "1ddce96766efcc17ae41fd3b44b8d6c1a4a0b8b0b7e27ff3f2d16ba4a0c7ae1f",
            "version_id": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
        },
        "renditions": [
            {
                "name": "large",
                "content_type": "image/webp",
                "width": 1920,
                "height": 1080,
                "bytes": 87238,
                "url": "https://bucket.example.com/large.webp?X-Amz-Signature=1",
                "expires_at": "2026-11-21T12:15:09Z",
            }
        ],
        "placeholder": {
            "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            "dominant_color": "#8a7f6d",
            "difference_hash": "4f1f2f0f0f2d0f57",
        },
        "metadata": {
            "width": 3024,
            "height": 4032,
            "mode": "RGB",
            "frames": 1,
            "animated": False,
            "has_alpha": False,
            "warnings": [],
        },
        "moderation": {"verdict": "approved", "labels": [], "model_version": "7.0"},
        "cost_usd": 0.00130141,
    }
}
