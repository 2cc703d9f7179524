"""Every limit on what strangers upload: the number, why it is that one, and where it is from.

Two are settings of a deployment, the bytes of a file and its pixels × frames: here are their
defaults in the template. What a function needs at these limits is measured in docs/limits.md.
Each of the others lies well above what real files have and well below what hurts: reading a file
at any of them takes less than two seconds. Nothing here is computed or imported: every cold start
reads it.
"""

from __future__ import annotations

UPLOAD_BYTES = 52_428_800
"""50 MiB: the largest camera RAW of 100 megapixels (medium format, compressed) has about that."""

PIXELS = 100_000_000
"""Width × height × frames. Phones make 48 to 50 megapixels, medium format 100. Phones with 200
combine pixels by default; imgproxy and thumbor stop at 50 and 75."""

WEBP_PIXELS = 60_000_000
"""Lower than PIXELS because libwebp needs 16 bytes per pixel, in functions of 1,769 MB
(docs/limits.md)."""

JPEG2000_PIXELS = 40_000_000
"""Lower than PIXELS because OpenJPEG needs 24 bytes per pixel with alpha."""

AVIF_PIXELS = 60_000_000
"""Lower than PIXELS because libavif needs 22 bytes per pixel for 10 bits in 4:4:4 with alpha."""

ICO_PIXELS = 4_194_304
"""Lower than PIXELS because icons are decoded when they are opened, in the small function for
metadata too; 2,048 × 2,048 is far beyond real ones."""

FILE_BYTES = 5 * 2**40
"""No offset in a file leads further: S3's largest object. A BigTIFF has offsets of 64 bits."""

POLYGLOT_BYTES = 65_536
"""Looked at for what else a file could be: what one read of an upload fetches anyway."""

CONTENT_TYPE_CHARACTERS = 64
"""Of a declared media type that a warning quotes: enough to recognise it."""

SIDE = 65_535
"""Pixels. No decoder here counts sides in more than 16 bits, except those of TIFF and PNG."""

JPEG_SIDE = 65_500
"""Pixels; the JPEG library writes no longer side (JPEG_MAX_DIMENSION in its jmorecfg.h)."""

FRAMES = 5_000
"""Frames of an animation, eight minutes at ten a second: each costs Pillow about 0.1 ms to find
and 0.3 ms to show, however small it is."""

ICC_BYTES = 8 * 1024 * 1024
"""Of a colour profile: printers' tables for CMYK, the largest there are, have two to three MB."""

# --------------------------------------------------------------------------------------- metadata
EXIF_FIELDS = 512
"""Read from one directory; the busiest real ones (DNG) have about 100."""

EXIF_NUMBERS = 16
"""Values decoded from one field; no EXIF number has more."""

EXIF_NUMBER_CHARACTERS = 64
"""Of a number that is written as a text."""

TEXT_CHARACTERS = 256
"""Kept of one text: four times the longest lens name. The record stays far below 64 KB."""

METADATA_TEXT_BYTES = 262_144
"""Of a PNG's text once it is inflated, and of an XMP packet, as far as they are searched: real
packets have a few kB, and what is longer begins with what matters here. Up to 2 s a megabyte."""

ICC_TAGS = 100
"""Of a colour profile, searched for its name: as many as LittleCMS reads (MAX_TABLE_TAG in its
lcms2_internal.h)."""

ICC_NAME_BYTES = 4_096
"""Of the name of a colour profile, before it is cut like any text."""

DPI = 100_000.0
"""Dots per inch that are believed: five times the finest drum scanner."""

APEX = 64
"""Of an aperture or a time as a power of two; 2 to the power of more is neither."""

MEASURE = 1e9
"""Of a focal length in millimetres, an exposure in seconds or a sensitivity: beyond them all."""

ALTITUDES = (-12_000.0, 100_000.0)
"""Metres: the deepest sea, the edge of space."""

YEARS = (1000, 2999)
"""A scan of a painting may be dated centuries back, but a year such as 1 or 9999 is a broken
clock, and 9999 cannot even be moved to another time zone."""

# ------------------------------------------------------------------------------------------- JPEG
JPEG_SEGMENTS = 4_096
"""Metadata segments; 65,533 bytes each at most. A profile may take 255, a depth map a hundred."""

JPEG_JUNK = 1024 * 1024
"""Bytes between segments. Decoders skip them one by one: a megabyte takes Pillow 0.2 s."""

JPEG_SCANS = 1_000
"""Passes of a progressive JPEG. Encoders write 10, mozjpeg up to 64; the libjpeg-turbo project
warns of thousands (libjpeg-turbo.org, "Two Issues with the JPEG Standard")."""

JPEG_SCAN_PIXELS = 64 * PIXELS
"""Pixels × scans: every pass costs the decoder about 5 ns a pixel, however little is in it."""

# -------------------------------------------------------------------------------------------- PNG
PNG_CHUNKS = 65_536
"""Chunks of all kinds: 50 MiB in the 8,192 bytes that libpng writes are 6,400."""

PNG_INFLATED_BYTES = ICC_BYTES
"""Of one compressed text or colour profile: a profile may be as large as in other formats."""

PNG_TEXT_BYTES = 16 * 1024 * 1024
"""Of all texts together, inflated: an XMP packet of an edited photo has a few hundred kB."""

# -------------------------------------------------------------------------------------------- GIF
GIF_BLOCKS = 300_000
"""Data blocks of up to 255 bytes: 50 MiB of full ones are 206,000. Walking them takes 0.1 s."""

# ------------------------------------------------------------------------------------------- TIFF
TIFF_PAGES = 4_096
"""Directories in a row: books are scanned into hundreds of pages, films into a few thousand."""

TIFF_ENTRIES = 65_536
"""Fields of all directories together: 4,096 pages have about 16 each."""

TIFF_PIECES = 262_144
"""Strips or tiles, for each of which Pillow keeps a note of 0.3 kB: as many as four channels of
65,535 rows have in strips of their own."""

TIFF_SAMPLES = 8
"""Of a pixel, in layouts that Pillow does not know: colours, an alpha, a few more."""

TIFF_UNUSUAL_BYTES = 268_435_456
"""Of a picture in such a layout, inflated: they are held up to four times while it is decoded."""

TIFF_TILE_PIXELS = 16_777_216
"""Of one tile, which is decoded whole however small the picture is: 4,096 × 4,096."""

TIFF_DIRECTORIES, TIFF_SUB_DIRECTORIES, TIFF_DIRECTORY_ENTRIES = 16, 8, 512
"""Looked at for sensor data: real cameras write fewer than 10, each of fewer than 200 fields."""

# ------------------------------------------------------------------------------------- camera RAW
RAW_SENSOR_SURPLUS = 1.25
"""Pixels of the sensor over those that are shown: masked borders are a twelfth where widest."""

RAW_BYTES_PER_PIXEL = 1 / 80
"""A tenth of a bit: lossless codings spend at least one on a pixel, lossy ones 6 on 64 of them.
LibRaw makes noise or black of a header without its pixels."""

RAW_PIECES = 65_536
"""Strips or tiles of a DNG: 100 megapixels in tiles of 40 × 40."""

# ----------------------------------------------------------------------------------- HEIF and AVIF
HEIF_META_BYTES = 4 * 1024 * 1024
"""Of the list of pictures: the largest seen, of a tiled 200-megapixel phone picture, has 140 kB."""

HEIF_BOXES = 4_096
"""Boxes of one level of the file, or inside its list of properties."""

HEIF_ITEMS = 1_000
"""Items, of which every tile is one, as in libheif (security_limits.cc, max_items)."""

HEIF_TILES = 1_000
"""Tiles of one grid: a 200-megapixel phone picture in the usual 512 × 512 has 800."""

HEIF_DEPTH = 3
"""Pictures made of pictures: real ones are a rotated, toned or overlaid grid of tiles."""

HEIF_EXTENTS = 32
"""Pieces of one item's data, as in libheif (security_limits.cc, max_iloc_extents_per_item)."""

HEIF_SURPLUS = 1.25
"""Pixels that are coded over those that are allowed: tiles reach beyond the lower right edges."""

AV1_UNITS = 1_000
"""Pieces of one coded picture: encoders write three, a few more for layers."""

HEVC_UNITS = 65_536
"""Pieces of one coded picture: encoders write one to a few, at most one for every 64 × 64 pixels
of a single picture, which are 25,000 at 100 megapixels."""

HEVC_UNIT_BYTES = 16 * 1024 * 1024
"""Of one piece: more is refused by libde265 (max_NAL_size in its security.cc)."""

FTYP_BYTES = 4_096
"""Of the box that an HEIF begins with: it names a dozen brands of four bytes."""

# ------------------------------------------------------------------------- WebP, JPEG 2000 and ICO
WEBP_CHUNKS = 20_000
"""Chunks: four times as many as frames may be."""

JPEG2000_TILES = 8_192
"""Tiles: OpenJPEG takes 6 kB for each before it reads one; 40 megapixels in 128 × 128 are 2,442."""

JPEG2000_COMPONENTS = 4
"""Channels, as in Pillow: OpenJPEG takes a kilobyte for each of every tile."""

JPEG2000_PRECINCTS = 100_000
"""Of one tile: OpenJPEG takes 1.6 kB for each. 40 megapixels of four channels in 64 × 64 are
52,000."""

JPEG2000_BLOCKS = 500_000
"""Code-blocks of one tile, 0.4 kB each: the same in the usual 32 × 32 are 208,000. In the smallest,
4 × 4, decoding 36 megapixels took 3.3 GB."""

JPEG2000_PACKETS = 4_000_000
"""Precincts × layers of all tiles: 0.1 µs each, even where none of them is there. Archives have up
to 50 layers."""

JPEG2000_SEGMENTS = 100_000
"""Of the header and of all parts of tiles: a tile may come in 255 parts, and comes in a few."""

JPEG2000_BOXES = 1_000
"""Boxes in front of the picture: a dozen in real files."""

ICO_ENTRIES = 256
"""Pictures in an icon: a dozen in real files."""

WEBP_EXIF_BYTES = 65_536
"""Searched for the orientation, which is in the first directory: as long as a JPEG's may be."""

# ----------------------------------------------------------------------------------- what is made
EXIF_SEGMENT_FIELD_BYTES = 1_024
"""Of a field that goes along with a converted picture: the longest that matters is a name."""

EXIF_SEGMENT_DIRECTORY_BYTES = 20_000
"""Of each of the three directories that go along: together below the 65,533 of a segment."""

REKOGNITION_OBJECT_BYTES, REKOGNITION_SAMPLE_BYTES = 15_000_000, 5_000_000
"""Of a picture in S3 and of one that is sent, as read on
docs.aws.amazon.com/rekognition/latest/dg/limits.html in decimal megabytes: right whichever are
meant."""

REKOGNITION_SIDES = (80, 10_000)
"""Pixels of the shortest and the longest side (the same page)."""

MODERATED_FRAMES = 5
"""Of an animation, spread from the first to the last: each is a paid call."""
