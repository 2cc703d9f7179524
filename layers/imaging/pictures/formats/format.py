"""What is said of one format of input."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.ImageFile import ImageFile

    from pictures.colorimetry.stated import StatedColor
    from pictures.decoders.decoded import Decoded
    from pictures.preflight.header import Header

Reference = str
"""A function as `package.module:name`, imported when a file of the format is at hand: importing
every decoder would cost 62 ms of each cold start, and each one is attack surface."""


class FileFacts(NamedTuple):
    """Facts that a format states outside EXIF and XMP; `changed_at` is ISO 8601."""

    software: str | None = None
    changed_at: str | None = None


@dataclass(frozen=True)
class Format:
    """One format of input: everything that depends on what a file is.

    Args:
        name: Pillow's name of it, or HEIF and RAW for what Pillow alone does not read.
        description: what is accepted, in a few words for the documentation.
        content_types: media types that files of it are declared as; it is recorded as the first.
        extensions: of file names, in lower case.
        begins: tells from the first `HEAD_LENGTH` bytes whether a file is of this format.
        opener: `(file, filename)` → Pillow's `ImageFile`; None for a converted format.
        converter: `(data, max_pixels)` → `Decoded`, for a format that is converted to a
            JPEG or PNG first.
        preflight: `(file, max_pixels, header_only=)`, which refuses what would cost too much; None
            where opening the file costs no more than reading it.
        header: `(file, max_pixels)` → `Header`, from as few bytes as possible; None where only the
            conversion can tell.
        exif: `(data, picture)` → the TIFF block that holds the EXIF.
        xmp: `(data, picture)` → the XMP packet.
        color: `(data, picture)` → `StatedColor`, what the file states about its colors.
        iptc: `(data, picture)` → the IPTC data; None where the format has no place for them.
        gain_map: `(data)` → the kind of gain map in a file, where the format can hold one.
        facts: `(data)` → `FileFacts`, where the format states any outside EXIF and XMP.
        is_animated: whether further pictures in a file are frames, and not pages or takes.
        is_ranged: whether the header can be read without reading the whole file.
        is_turned_by_decoder: whether decoded pixels are upright already.
        max_pixels: the largest width × height × frames, where the decoder needs more memory per
            pixel than most; None for the limit of the deployment.
    """

    name: str
    description: str
    content_types: tuple[str, ...]
    extensions: tuple[str, ...]
    begins: Callable[[bytes], bool]
    opener: Reference | None = None
    converter: Reference | None = None
    preflight: Reference | None = None
    header: Reference | None = "pictures.preflight.through_pillow:read_header"
    exif: Reference = "pictures.metadata_blocks:exif_of_pillow"
    xmp: Reference = "pictures.metadata_blocks:xmp_of_pillow"
    color: Reference = "pictures.colorimetry.reading:of_pillow"
    iptc: Reference | None = None
    gain_map: Reference | None = None
    facts: Reference | None = None
    is_animated: bool = False
    is_ranged: bool = True
    is_turned_by_decoder: bool = False
    max_pixels: int | None = None

    @property
    def content_type(self) -> str:
        """The media type that it is recorded under."""
        return self.content_types[0]

    @property
    def is_converted(self) -> bool:
        """Whether it becomes a JPEG or PNG before anything else reads it."""
        return self.converter is not None

    def most_pixels(self, max_pixels: int) -> int:
        """Return the largest width × height × frames in a deployment that allows `max_pixels`."""
        return min(max_pixels, self.max_pixels or max_pixels)

    def shown_frames(self, frames: int) -> int:
        """Return how many of the pictures in a file are decoded: all frames, but only one page."""
        return frames if self.is_animated else 1

    def check(self, file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:
        """Refuse a file that would take a decoder much time or memory for little picture.

        Args:
            file: seekable; left wherever it was read last.
            max_pixels: the largest width × height × frames to accept.
            header_only: read no further than to the pixels, where the format allows that.

        Raises:
            ValidationError: `too_complex`, `too_many_pixels`, or `unsupported_format` for a variant
                that no decoder here reads.
        """
        if self.preflight:
            _resolved(self.preflight)(file, max_pixels, header_only=header_only)

    def read_header(self, file: BinaryIO, max_pixels: int) -> Header | None:
        """Return what the header says; None where only the conversion can tell.

        Raises:
            ValidationError: `corrupt`, or as for `check`.
        """
        header: Header | None = None
        if self.header:
            header = _resolved(self.header)(file, self.name, self.most_pixels(max_pixels))
        return header

    def open(self, file: Any) -> ImageFile:
        """Return Pillow's picture for a file that has passed `check`; no pixel is decoded."""
        assert self.opener, f"{self.name} is converted, not opened"
        picture: ImageFile = _resolved(self.opener)(file, "")
        return picture

    def convert(self, data: bytes, max_pixels: int) -> Decoded:
        """Return the decoded picture of a file that has to be converted.

        Raises:
            ValidationError: `too_many_pixels`, before anything is decoded; `unsupported_format`,
                `too_complex` or `corrupt`.
        """
        assert self.converter, f"{self.name} is opened, not converted"
        decoded: Decoded = _resolved(self.converter)(data, max_pixels)
        return decoded

    def exif_block(self, data: bytes, picture: ImageFile) -> bytes | memoryview:
        """Return the block with the structure of a TIFF that holds the EXIF; empty without any."""
        block: bytes | memoryview = _resolved(self.exif)(data, picture)
        return block

    def xmp_packet(self, data: bytes, picture: ImageFile) -> bytes:
        """Return the XMP packet; empty without any."""
        packet: bytes = _resolved(self.xmp)(data, picture)
        return packet

    def stated_color(self, data: bytes, picture: ImageFile) -> StatedColor:
        """Return what the file states about its colors."""
        color: StatedColor = _resolved(self.color)(data, picture)
        return color

    def iptc_block(self, data: bytes, picture: ImageFile) -> bytes | memoryview:
        """Return the IPTC data; empty without any."""
        block: bytes | memoryview = _resolved(self.iptc)(data, picture) if self.iptc else b""
        return block

    def gain_map_kind(self, data: bytes) -> str | None:
        """Return the kind of gain map in a file, as `metadata.hdr` names it."""
        kind: str | None = _resolved(self.gain_map)(data) if self.gain_map else None
        return kind

    def file_facts(self, data: bytes) -> FileFacts:
        """Return what the format states outside EXIF and XMP."""
        stated = FileFacts()
        if self.facts:
            stated = _resolved(self.facts)(data)
        return stated


def _resolved(reference: Reference) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
