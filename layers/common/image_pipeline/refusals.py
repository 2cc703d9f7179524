"""The refusals of files: one function per reason, with the sentence that the file's owner reads.

Each sentence says what is wrong, then what to do about it. A function returns the error for its
caller to raise, so that the traceback begins where the fault was found.
"""

from __future__ import annotations

from image_pipeline.errors import Reason, ValidationError

TOO_EXPENSIVE = "Processing the picture takes more time or memory than allowed; make it smaller."
"""The sentence for `too_expensive`, which is also said of a function that was killed twice."""


def empty() -> ValidationError:
    """Return the refusal of a file without a byte (`empty`)."""
    return ValidationError(Reason.EMPTY, "The file is empty; upload it again.")


def too_large(size: int, limit: int) -> ValidationError:
    """Return the refusal of a file of more bytes than accepted (`too_large`)."""
    return ValidationError(
        Reason.TOO_LARGE, f"The file has {size:,} bytes; at most {limit:,} are accepted."
    )


def unsupported_format(what: str, instead: str) -> ValidationError:
    """Return the refusal of a file that no decoder here reads (`unsupported_format`).

    Args:
        what: the kind of file, a whole clause such as "This kind of TIFF is not supported".
        instead: what to do, such as "save it with 8 bits".
    """
    return ValidationError(Reason.UNSUPPORTED_FORMAT, f"{what}; {instead}.")


def type_mismatch(what: str, instead: str) -> ValidationError:
    """Return the refusal of a picture that is or claims to be something else (`type_mismatch`).

    Args:
        what: the contradiction, a whole clause such as "The file is a picture and a script".
        instead: what to do, such as "rename it".
    """
    return ValidationError(Reason.TYPE_MISMATCH, f"{what}; {instead}.")


def corrupt() -> ValidationError:
    """Return the refusal of a file that no decoder can make sense of (`corrupt`)."""
    return ValidationError(
        Reason.CORRUPT,
        "The file is damaged or incomplete; export the picture again or upload the original.",
    )


def without_pixels(width: int, height: int) -> ValidationError:
    """Return the refusal of a picture with a side of no pixels (`corrupt`)."""
    return ValidationError(
        Reason.CORRUPT,
        f"The picture is {width} × {height} pixels large, so it shows nothing; export it again or"
        " upload the original.",
    )


def too_many_pixels(
    width: int, height: int, frames: int, max_pixels: int, max_side: int
) -> ValidationError:
    """Return the refusal of a picture that is too large, with the arithmetic (`too_many_pixels`).

    Args:
        width: in pixels.
        height: in pixels.
        frames: of an animation; 1 for a still.
        max_pixels: the largest width × height × frames accepted.
        max_side: the longest side accepted, in pixels.
    """
    size = f"{width} × {height}" + (f" × {frames} frames" if frames > 1 else "")
    return ValidationError(
        Reason.TOO_MANY_PIXELS,
        f"The picture has {size} = {width * height * frames:,} pixels; at most {max_pixels:,} are"
        f" accepted, and {max_side:,} on a side. Upload a smaller one.",
    )


def too_many_pixels_inside() -> ValidationError:
    """Return the refusal of a picture of which a part is too large (`too_many_pixels`)."""
    return ValidationError(
        Reason.TOO_MANY_PIXELS, "Part of the picture is too large; upload a smaller one."
    )


def too_complex(what: str) -> ValidationError:
    """Return the refusal of a file with more of something than real ones have (`too_complex`).

    Args:
        what: of what there is too much, such as "metadata segments".
    """
    return ValidationError(
        Reason.TOO_COMPLEX,
        f"The file has more {what} than real pictures have; export the picture again.",
    )


def too_expensive() -> ValidationError:
    """Return the refusal of a picture that takes too much memory (`too_expensive`)."""
    return ValidationError(Reason.TOO_EXPENSIVE, TOO_EXPENSIVE)


def too_slow() -> ValidationError:
    """Return the refusal of a picture for which too little time is left (`too_slow`)."""
    return ValidationError(
        Reason.TOO_SLOW,
        "Processing the picture takes longer than allowed; make it smaller or simpler.",
    )


def object_deleted() -> ValidationError:
    """Return the refusal of an upload that is gone from the bucket (`object_deleted`)."""
    return ValidationError(
        Reason.OBJECT_DELETED, "The file was deleted; upload it again to show the picture."
    )


def archived() -> ValidationError:
    """Return the refusal of an upload that cannot be read until it is restored (`archived`)."""
    return ValidationError(
        Reason.ARCHIVED,
        "The file is in an archive storage class; restore it, or upload it to another class.",
    )
