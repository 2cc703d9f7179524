"""JPEG XL as one of Pillow's pictures: opened by its header, decoded frame by frame.

The decoder turns it upright and resolves premultiplied alpha. Spot colors are painted; depth maps,
masks and the preview are not decoded.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops, ImageFile

from pictures.color import to_srgb
from pictures.colorimetry.stated import UNSTATED
from pictures.jxl.decoder import Decoder

if TYPE_CHECKING:
    from pictures.jxl.decoder import Facts, Levels

_MODES = {(False, False): "RGB", (False, True): "RGBA", (True, False): "L", (True, True): "LA"}


class JxlImageFile(ImageFile.ImageFile):
    """One JPEG XL, at one of its frames."""

    format = "JXL"
    format_description = "JPEG XL"

    def _open(self) -> None:
        assert self.fp
        self._file_data = self.fp.read()
        with Decoder(self._file_data, only_header=True) as decoder:
            self._facts = facts = decoder.facts()
        self._size = facts.size
        self._mode = _mode(facts)
        self.n_frames = facts.frames
        self.is_animated = facts.frames > 1
        # Pillow has no layout for CMYK with alpha, so its colors are converted here.
        self.color = UNSTATED if self.mode == "RGBA" and facts.black is not None else facts.color
        self._decoder: Decoder | None = None
        self._decoded = -1  # the number of the last decoded frame
        self._frame = 0

    def seek(self, frame: int) -> None:
        """Make a frame the current one; `load` decodes it."""
        if self._seek_check(frame):
            self._frame = frame

    def tell(self) -> int:
        """Return the number of the current frame."""
        return self._frame

    def load(self) -> Any:
        """Decode the current frame unless it has been decoded."""
        if self._decoded != self._frame:
            if self._decoder is None or self._decoded > self._frame:
                self._restart()
            assert self._decoder
            if ahead := self._frame - self._decoded - 1:
                self._decoder.skip(ahead)
            levels = self._decoder.frame()
            self._decoded = self._frame
            if not self.is_animated:
                self._stop()  # frees what it took before Pillow takes more
            image = _image(levels, self._facts)
            self.im, self._mode = image.im, image.mode
        return super().load()

    def _restart(self) -> None:
        self._stop()
        self._decoder, self._decoded = Decoder(self._file_data), -1

    def _stop(self) -> None:
        if self._decoder:
            self._decoder.close()
        self._decoder = None

    def __del__(self) -> None:
        # libjxl keeps the frames that later ones refer to.
        if getattr(self, "_decoder", None):
            self._stop()


def _mode(facts: Facts) -> str:
    if facts.black is not None:
        return "RGBA" if facts.has_alpha else "CMYK"
    return _MODES[facts.is_gray, facts.has_alpha]


def _image(levels: Levels, facts: Facts) -> Image.Image:
    mode = _MODES[facts.is_gray, facts.has_alpha]
    if levels.linear:
        return _with_curve(levels, mode, facts.size)
    image = Image.frombytes(mode, facts.size, memoryview(levels.data).cast("B"))
    if levels.black is None:
        return image
    black = Image.frombytes("L", facts.size, memoryview(levels.black).cast("B"))
    bands = image.split()
    # In JPEG XL ink is dark at 0, in Pillow at 255.
    inks = Image.merge("CMYK", [ImageChops.invert(band) for band in (*bands[:3], black)])
    if not facts.has_alpha:
        return inks
    colors = to_srgb(inks, facts.color)
    colors.putalpha(bands[3])
    return colors


def _with_curve(levels: Levels, mode: str, size: tuple[int, int]) -> Image.Image:
    """Return linear light of 16 bits with the curve of sRGB in 8 bits; alpha has no curve."""
    samples, step = memoryview(levels.data).cast("B").cast("H"), len(mode)
    bands = [
        Image.frombytes("I;16", size, samples[number::step].tobytes())
        .convert("I")
        .point(_plain_levels() if name == "A" else _srgb_levels(), "L")
        for number, name in enumerate(Image.new(mode, (1, 1)).getbands())
    ]
    return Image.merge(mode, bands)


def _plain_levels() -> list[int]:
    return [round(level / 257) for level in range(65536)]


@cache
def _srgb_levels() -> list[int]:
    light = (level / 65535 for level in range(65536))
    return [round(255 * _srgb_level(each)) for each in light]


def _srgb_level(light: float) -> float:
    """IEC 61966-2-1."""
    return float(1.055 * light ** (1 / 2.4) - 0.055) if light > 0.0031308 else 12.92 * light
