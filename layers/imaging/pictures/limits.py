"""Every limit on untrusted files: the number, its reason and its source.

Two are settings of a deployment, the bytes of a file and its pixels × frames; these are their
defaults in the template. docs/limits.md shows what each function needs at these limits. Each of the
others is well above what real files have and well below what hurts: reading a file at any of them
takes less than two seconds. Nothing is computed or imported here: every cold start reads it.
"""

from __future__ import annotations

UPLOAD_BYTES = 52_428_800
"""50 MiB: about the size of the largest 100-megapixel camera RAW (medium format, compressed)."""

PIXELS = 100_000_000
"""Width × height × frames. Phones make 48 to 50 megapixels, medium-format cameras 100. Phones with
200 combine pixels by default. imgproxy and thumbor stop at 50 and 75."""

WEBP_PIXELS = 60_000_000
"""Lower than PIXELS because libwebp needs 16 bytes per pixel, in functions of 1,769 MB
(docs/limits.md)."""

JPEG2000_PIXELS = 40_000_000
"""Lower than PIXELS because OpenJPEG needs 24 bytes per pixel with alpha."""

AVIF_PIXELS = 60_000_000
"""Lower than PIXELS because libavif needs 22 bytes per pixel for 10 bits in 4:4:4 with alpha."""

JXL_PIXELS = 50_000_000
"""Lower than PIXELS because libjxl needs 28 bytes per pixel for a progressive lossless picture."""

JXL_CHANNEL_PIXELS = 36_000_000
"""Of a JPEG XL with alpha or other channels besides colors: libjxl needs 37 bytes per pixel."""

ICO_PIXELS = 4_194_304
"""Lower than PIXELS because icons are decoded when they are opened, in the small function for
metadata too; 2,048 × 2,048 is far beyond real ones."""

FILE_BYTES = 5 * 2**40
"""Largest offset that is followed: the size of S3's largest object. BigTIFF has 64-bit offsets."""

POLYGLOT_BYTES = 65_536
"""Searched for signs of another file type: what the first read of an upload fetches anyway."""

CONTENT_TYPE_CHARACTERS = 64
"""Of a declared media type that are quoted in a warning: enough to recognize it."""

SIDE = 65_535
"""Pixels. Except for TIFF and PNG, no decoder here counts sides in more than 16 bits."""

JPEG_SIDE = 65_500
"""Pixels; the longest side that libjpeg writes (JPEG_MAX_DIMENSION in jmorecfg.h)."""

FRAMES = 5_000
"""Frames of an animation, eight minutes at ten a second. However small a frame is, Pillow takes
about 0.1 ms to find it and 0.3 ms to show it."""

ICC_BYTES = 8 * 1024 * 1024
"""Of a color profile; the largest, CMYK tables of printers, have two to three MB."""

# --------------------------------------------------------------------------------------- metadata
EXIF_FIELDS = 512
"""Fields read from one directory; the longest real ones (DNG) have about 100."""

EXIF_NUMBERS = 16
"""Values decoded from one field; no EXIF field of numbers has more."""

EXIF_NUMBER_CHARACTERS = 64
"""Of a number that is stored as text."""

TEXT_CHARACTERS = 256
"""Kept of one text: four times the longest lens name. The record stays far below 64 KB."""

METADATA_TEXT_BYTES = 262_144
"""Searched of an inflated PNG text and of an XMP packet. Real packets have a few kB, and longer
ones begin with the fields that matter here. The search takes up to 2 s per megabyte."""

ICC_TAGS = 100
"""Tags of a color profile searched for its name: as many as LittleCMS reads (MAX_TABLE_TAG in
lcms2_internal.h)."""

ICC_NAME_BYTES = 4_096
"""Read of the name of a color profile, before it is shortened like any text."""

DPI = 100_000.0
"""Largest plausible resolution in dots per inch: five times that of the finest drum scanner."""

APEX = 64
"""Largest plausible aperture or exposure time as an exponent of two."""

MEASURE = 1e9
"""Above any real focal length in millimeters, exposure time in seconds or sensitivity."""

ALTITUDES = (-12_000.0, 100_000.0)
"""Meters: from the deepest sea to the edge of space."""

IPTC_DATASETS = 1_024
"""Keywords are a dataset each; a stock photo has up to a hundred."""

PHOTOSHOP_RESOURCES = 256
"""Photoshop writes about thirty per file."""

YEARS = (1000, 2999)
"""A scan of a painting may be dated centuries back. A year such as 1 or 9999 comes from a broken
clock, and 9999 cannot be converted to another time zone."""

# ------------------------------------------------------------------------------------------- JPEG
JPEG_SEGMENTS = 4_096
"""Metadata segments of at most 65,533 bytes. A profile takes up to 255, a depth map a hundred."""

JPEG_JUNK = 1024 * 1024
"""Stray bytes between segments. Decoders skip them one by one: a megabyte takes Pillow 0.2 s."""

JPEG_SCANS = 1_000
"""Scans of a progressive JPEG. Encoders write 10, mozjpeg up to 64; the libjpeg-turbo project
warns of thousands (libjpeg-turbo.org, "Two Issues with the JPEG Standard")."""

JPEG_SCAN_PIXELS = 64 * PIXELS
"""Pixels × scans: every scan costs the decoder about 5 ns per pixel, however short it is."""

JPEG_WALKED_BYTES, JPEG_WALKED_PROGRESSIVE_BYTES = 8 * 1024 * 1024, 2 * 1024 * 1024
"""Of a JPEG without an end marker whose codes are read in Python, in at most 8 s; the end of a
longer one is found by decoding it twice."""

JPEG_WALKED_BLOCKS = 40_000_000
"""Blocks × scans of a JPEG without an end marker, whose codes are read in Python to see whether it
is whole: 100 megapixels in ten scans are 24 million."""

MPO_FIELDS, MPO_PICTURES = 16, 16
"""Fields and pictures of the index of a multi-picture JPEG: real ones have three and up to four."""

# -------------------------------------------------------------------------------------------- PNG
PNG_CHUNKS = 65_536
"""Chunks of all kinds: 50 MiB in chunks of 8,192 bytes, as libpng writes them, are 6,400."""

PNG_INFLATED_BYTES = ICC_BYTES
"""Of one compressed text or color profile: a profile may be as large as in other formats."""

PNG_TEXT_BYTES = 16 * 1024 * 1024
"""Of all inflated texts together; an XMP packet of an edited photo has a few hundred kB."""

# -------------------------------------------------------------------------------------------- GIF
GIF_BLOCKS = 300_000
"""Data blocks of up to 255 bytes: 50 MiB of full ones are 206,000. Walking them takes 0.1 s."""

# ------------------------------------------------------------------------------------------- TIFF
TIFF_PAGES = 4_096
"""Pages; books are scanned into hundreds of them, films into a few thousand."""

TIFF_ENTRIES = 65_536
"""Fields of all directories together: 4,096 pages with about 16 fields each."""

TIFF_PIECES = 262_144
"""Strips or tiles; Pillow keeps 0.3 kB for each. Four channels of 65,535 rows, each row a strip,
have as many."""

TIFF_SAMPLES = 8
"""Samples per pixel in layouts that Pillow does not know: colors, alpha, a few more."""

TIFF_UNUSUAL_BYTES = 268_435_456
"""Inflated bytes of a picture in such a layout; up to four copies exist while it is decoded."""

TIFF_TILE_PIXELS = 16_777_216
"""Pixels of one tile, which is decoded whole however small the picture is: 4,096 × 4,096."""

TIFF_DIRECTORIES, TIFF_SUB_DIRECTORIES, TIFF_DIRECTORY_ENTRIES = 16, 8, 512
"""Directories searched for sensor data, pointers followed from one, and fields read of each: real
cameras write fewer than 10 directories of fewer than 200 fields."""

# ------------------------------------------------------------------------------------- camera RAW
RAW_SENSOR_SURPLUS = 1.25
"""Sensor pixels per shown pixel: the widest masked borders take a twelfth."""

RAW_BYTES_PER_PIXEL = 1 / 80
"""A tenth of a bit: lossless codings take at least one bit per pixel, lossy ones 6 per 64 pixels.
LibRaw develops a header without pixels into noise or black."""

RAW_PREVIEW_SIDE = 640
"""Pixels of the longer side of a preview that is shown where the sensor data cannot be read. The
thumbnails of cameras have 160 to 570, previews 800 and more."""

RAW_PREVIEWS, RAW_PREVIEWS_DECODED = 64, 4
"""JPEGs in a RAW whose headers are read, and that are decoded until one is intact. Cameras write up
to five."""

RAW_PIECES = 65_536
"""Strips or tiles of a DNG: 100 megapixels in tiles of 40 × 40."""

# ----------------------------------------------------------------------------------- HEIF and AVIF
HEIF_META_BYTES = 4 * 1024 * 1024
"""Of the list of items: the largest seen, of a tiled 200-megapixel phone picture, has 140 kB."""

HEIF_BOXES = 4_096
"""Boxes on one level of the file, or in its list of properties."""

HEIF_ITEMS = 1_000
"""Items; every tile is one. The same as in libheif (security_limits.cc, max_items)."""

HEIF_TILES = 1_000
"""Tiles of one grid: a 200-megapixel phone picture in tiles of the usual 512 × 512 has 800."""

HEIF_DEPTH = 3
"""Levels of derived pictures: real ones are a rotated, toned or overlaid grid of tiles."""

HEIF_EXTENTS = 32
"""Extents of one item, as in libheif (security_limits.cc, max_iloc_extents_per_item)."""

HEIF_SURPLUS = 1.25
"""Coded pixels per allowed pixel: tiles reach past the right and lower edges."""

AV1_UNITS = 1_000
"""Open bitstream units of one coded picture: encoders write three, a few more for layers."""

HEVC_UNITS = 65_536
"""NAL units of one coded picture: encoders write one to a few, at most one for every 64 × 64
pixels, which are 25,000 at 100 megapixels."""

HEVC_UNIT_BYTES = 16 * 1024 * 1024
"""Of one NAL unit: libde265 refuses more (max_NAL_size in its security.cc)."""

FTYP_BYTES = 4_096
"""Of the first box of an HEIF, which names a dozen brands of four bytes."""

# ---------------------------------------------------------------------------------------- JPEG XL
JXL_CHANNELS = 8
"""Channels besides colors: alpha, black ink, a few spot colors, depth. Each costs up to 16 bytes
per pixel, and the format allows 4,096."""

JXL_LAYER_PIXELS = 500_000_000
"""Of all layers of all frames, each of which is decoded: ten of the largest, 15 s of CPU."""

JXL_BOXES = 4_096
"""Boxes of the container: the codestream may come in parts, and encoders write a few."""

JXL_METADATA_BYTES = 1024 * 1024
"""Of an EXIF or XMP box, decompressed: more than the fields of either take without a preview."""

JXL_MEMORY = 1_280 * 1024 * 1024
"""Bytes that libjxl may take for one file, in functions of 1,769 MB: frames may be larger than the
picture, and up to eight are kept for later ones."""

# ------------------------------------------------------------------------- WebP, JPEG 2000 and ICO
WEBP_CHUNKS = 20_000
"""Chunks: four times the limit on frames."""

JPEG2000_TILES = 8_192
"""Tiles: OpenJPEG allocates 6 kB for each at once; 40 megapixels in 128 × 128 are 2,442."""

JPEG2000_COMPONENTS = 4
"""Channels, as in Pillow: OpenJPEG allocates a kilobyte for each channel of every tile."""

JPEG2000_PRECINCTS = 100_000
"""Precincts of one tile: OpenJPEG allocates 1.6 kB for each. 40 megapixels of four channels in
64 × 64 are 52,000."""

JPEG2000_BLOCKS = 500_000
"""Code-blocks of one tile, 0.4 kB each: the same picture in the usual 32 × 32 has 208,000. In the
smallest, 4 × 4, decoding 36 megapixels took 3.3 GB."""

JPEG2000_PACKETS = 4_000_000
"""Precincts × layers of all tiles: 0.1 µs each, even where the data has none. Archives have up to
50 layers."""

JPEG2000_SEGMENTS = 100_000
"""Segments of the header and of all tile-parts: a tile may have 255 parts, and real ones have a
few."""

JPEG2000_BOXES = 1_000
"""Boxes before the codestream: a dozen in real files."""

ICO_ENTRIES = 256
"""Pictures in an icon: a dozen in real files."""

WEBP_EXIF_BYTES = 65_536
"""Searched for the orientation, which is in the first directory: the most that a JPEG can hold."""

# ----------------------------------------------------------------------------------- what is made
CONVERTED_PNG_BYTES = UPLOAD_BYTES
"""Of a converted picture with transparency, some 30 megapixels of a detailed photo: the later steps
hold a file in memory, and never get a larger one than an upload."""

EXIF_SEGMENT_FIELD_BYTES = 1_024
"""Of an EXIF field that is copied to a converted picture: the longest that matters is a name."""

EXIF_SEGMENT_DIRECTORY_BYTES = 20_000
"""Of each of the three copied directories: together below the 65,533 of a segment."""

REKOGNITION_OBJECT_BYTES, REKOGNITION_SAMPLE_BYTES = 15_000_000, 5_000_000
"""Of a picture in S3 and of one that is sent, in decimal megabytes: correct whichever kind is meant
(docs.aws.amazon.com/rekognition/latest/dg/limits.html)."""

REKOGNITION_SIDES = (80, 10_000)
"""Pixels of the shorter and of the longer side (the same page)."""

MODERATED_FRAMES = 5
"""Frames of an animation, spread from the first to the last, that are judged beside the published
one: all of them share one call."""

JUDGED_PNG_CHUNKS = 64
"""Chunks of a PNG that Rekognition reads in place: each may have to be fetched from S3 to see that
it is none that readers treat differently. One of more is rendered."""
