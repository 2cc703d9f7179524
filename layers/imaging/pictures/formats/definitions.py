"""The formats of input: one entry each, which everything else reads.

CONTRIBUTING.md tells how to add one. The order is that of the documentation; where two signatures
match one file, the first entry wins.
"""

from __future__ import annotations

from pictures import limits
from pictures.formats import signatures
from pictures.formats.format import Format

_CAMERAS = "adobe-dng canon-cr2 canon-cr3 nikon-nef nikon-nrw sony-arw sony-sr2 sony-srf fuji-raf"
_CAMERAS += " panasonic-rw2 panasonic-raw olympus-orf pentax-pef samsung-srw kodak-dcr sigma-x3f"
_RAW_EXTENSIONS = "dng cr2 cr3 nef nrw arw srf sr2 raf rw2 orf pef srw 3fr erf dcr kdc mos mrw rwl"
_RAW_EXTENSIONS += " iiq x3f raw"

DEFINITIONS = (
    Format(
        name="JPEG",
        description="baseline, progressive, arithmetic; gray, RGB and CMYK; the first of an MPO",
        content_types=("image/jpeg", "image/jpg", "image/pjpeg", "image/mpo"),
        extensions=("jpg", "jpeg", "jpe", "jfif", "mpo"),
        begins=signatures.starts_with(b"\xff\xd8\xff"),
        opener="pictures.decoders.pillow_jpeg:open_jpeg",
        preflight="pictures.preflight.jpeg:check",
        gain_map="pictures.colorimetry.gain_maps:of_jpeg",
        iptc="pictures.metadata_blocks:iptc_of_jpeg",
    ),
    Format(
        name="PNG",
        description="1 to 16 bits per channel, transparency, animations (APNG)",
        content_types=("image/png", "image/apng", "image/x-png"),
        extensions=("png", "apng"),
        begins=signatures.starts_with(b"\x89PNG\r\n\x1a\n"),
        opener="pictures.decoders.pillow_png:open_png",
        preflight="pictures.preflight.png:check",
        exif="pictures.metadata_blocks:exif_of_png",
        xmp="pictures.metadata_blocks:xmp_of_png",
        iptc="pictures.metadata_blocks:iptc_of_png",
        color="pictures.colorimetry.reading:of_png",
        facts="pictures.metadata_blocks:facts_of_png",
        is_animated=True,
    ),
    Format(
        name="GIF",
        description="stills and animations",
        content_types=("image/gif",),
        extensions=("gif",),
        begins=signatures.starts_with(b"GIF87a", b"GIF89a"),
        opener="pictures.decoders.pillow_gif:open_gif",
        preflight="pictures.preflight.gif:check",
        is_animated=True,
        is_ranged=False,
    ),
    Format(
        name="WEBP",
        description="lossy and lossless, transparency, animations",
        content_types=("image/webp",),
        extensions=("webp",),
        begins=signatures.webp,
        opener="pictures.decoders.pillow_webp:open_webp",
        header="pictures.preflight.webp:read_header",
        is_animated=True,
        max_pixels=limits.WEBP_PIXELS,
    ),
    Format(
        name="TIFF",
        description="the first page that is not a reduced copy, 1 to 64 bits per sample; BigTIFF",
        content_types=("image/tiff", "image/tif"),
        extensions=("tif", "tiff"),
        begins=signatures.tiff,
        opener="pictures.decoders.pillow_tiff:TiffImageFile",
        preflight="pictures.preflight.tiff:check",
        exif="pictures.metadata_blocks:exif_of_tiff",
        xmp="pictures.metadata_blocks:xmp_of_tiff",
        iptc="pictures.metadata_blocks:iptc_of_tiff",
        is_turned_by_decoder=True,
    ),
    Format(
        name="BMP",
        description="uncompressed and run-length coded, any bit masks, alpha where it is used",
        content_types=("image/bmp", "image/x-ms-bmp", "image/x-bmp"),
        extensions=("bmp", "dib"),
        begins=signatures.bmp,
        opener="pictures.decoders.pillow_bmp:open_bmp",
    ),
    Format(
        name="JPEG2000",
        description="JP2 and bare codestreams, up to four channels",
        content_types=(
            "image/jp2",
            "image/jpx",
            "image/jpm",
            "image/j2k",
            "image/x-jp2",
            "image/jpeg2000",
        ),
        extensions=("jp2", "j2k", "jpf", "jpx", "j2c", "jpc", "jpm"),
        begins=signatures.starts_with(b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
        opener="pictures.decoders.pillow_jpeg2000:open_jpeg2000",
        preflight="pictures.preflight.jpeg2000:check",
        exif="pictures.metadata_blocks:exif_of_jpeg2000",
        xmp="pictures.metadata_blocks:xmp_of_jpeg2000",
        iptc="pictures.metadata_blocks:iptc_of_jpeg2000",
        color="pictures.colorimetry.reading:of_jpeg2000",
        max_pixels=limits.JPEG2000_PIXELS,
    ),
    Format(
        name="ICO",
        description="the largest picture of an icon",
        content_types=("image/vnd.microsoft.icon", "image/x-icon", "image/ico"),
        extensions=("ico",),
        begins=signatures.ico,
        opener="pictures.decoders.pillow_ico:open_ico",
        preflight="pictures.preflight.ico:check",
        header="pictures.preflight.ico:read_header",
        max_pixels=limits.ICO_PIXELS,
    ),
    Format(
        name="AVIF",
        description="stills and animations",
        content_types=("image/avif", "image/avif-sequence"),
        extensions=("avif", "avifs"),
        begins=signatures.avif,
        opener="pictures.decoders.pillow_avif:AvifImageFile",
        preflight="pictures.preflight.heif:check",
        header="pictures.preflight.heif:read_header",
        color="pictures.colorimetry.reading:of_avif",
        gain_map="pictures.colorimetry.gain_maps:of_heif",
        is_animated=True,
        max_pixels=limits.AVIF_PIXELS,
    ),
    Format(
        name="JXL",
        description="JPEG XL: stills and animations, lossless JPEG, CMYK, HDR",
        content_types=("image/jxl",),
        extensions=("jxl",),
        begins=signatures.starts_with(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
        opener="pictures.decoders.jxl_image:JxlImageFile",
        preflight="pictures.preflight.jxl:check",
        header="pictures.preflight.jxl:read_header",
        exif="pictures.metadata_blocks:exif_of_jxl",
        xmp="pictures.metadata_blocks:xmp_of_jxl",
        color="pictures.colorimetry.reading:of_jxl",
        gain_map="pictures.colorimetry.gain_maps:of_jxl",
        is_animated=True,
        is_turned_by_decoder=True,
        max_pixels=limits.JXL_PIXELS,
    ),
    Format(
        name="HEIF",
        description="HEIC, the first picture of a burst",
        content_types=("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"),
        extensions=("heic", "heif", "hif", "heics", "heifs"),
        begins=signatures.heif,
        converter="pictures.decoders.libheif:decode",
        preflight="pictures.preflight.heif:check",
        header="pictures.preflight.heif:read_header",
    ),
    Format(
        name="RAW",
        description="what LibRaw reads: DNG, CR2, CR3, NEF, ARW, RAF, RW2, ORF and others",
        content_types=(
            "image/x-raw",
            "image/tiff",
            *(f"image/x-{name}" for name in _CAMERAS.split()),
        ),
        extensions=tuple(_RAW_EXTENSIONS.split()),
        begins=signatures.raw,
        converter="pictures.decoders.libraw:decode",
        header=None,  # only LibRaw knows where every maker keeps the size
    ),
)
