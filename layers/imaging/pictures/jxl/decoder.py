"""Decodes JPEG XL: size, colors and number of frames, then one frame after the other."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from image_pipeline.refusals import too_complex
from pictures import limits
from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.jxl import space_of
from pictures.colorimetry.stated import UNSTATED, StatedColor
from pictures.jxl.library import (
    NATIVE_ENDIAN,
    UINT8,
    UINT16,
    BasicInfo,
    ColorEncoding,
    ExtraChannelInfo,
    FrameHeader,
    PixelFormat,
    libjxl,
)
from pictures.jxl.memory import Budget

if TYPE_CHECKING:
    from types import TracebackType

# JxlDecoderStatus
_SUCCESS, _NEED_MORE_INPUT, _NEED_IMAGE_OUT_BUFFER = 0, 2, 5
_BASIC_INFO, _COLOR_ENCODING, _FRAME, _FULL_IMAGE = 0x40, 0x100, 0x400, 0x1000

_OF_PIXELS = 1  # JXL_COLOR_PROFILE_TARGET_DATA: what the decoded levels mean
_BLACK = 4  # JXL_CHANNEL_BLACK
_RGB, _GRAY = 0, 1
_LINEAR, _SRGB_CURVE = 8, 13
_ASSUMED_PEAKS = {255.0, 1_000.0, 10_000.0}  # cd/m², of SDR, HLG and PQ


@dataclass(frozen=True)
class Facts:
    """What the header of a JPEG XL says.

    Args:
        size: width and height in pixels, upright.
        has_alpha: whether there is an alpha channel.
        is_gray: whether there is one color channel instead of three.
        black: the number of the extra channel with the black ink of a CMYK picture.
        frames: of an animation; 1 for a still.
        color: what the decoded levels mean.
    """

    size: tuple[int, int]
    has_alpha: bool
    is_gray: bool
    black: int | None
    frames: int
    color: StatedColor


@dataclass(frozen=True)
class Levels:
    """The decoded levels of a frame: gray or RGB, with alpha if there is any.

    They have 8 bits, or 16 in native order where they are `linear` light, for which 8 would be too
    few. The `black` ink of a CMYK picture is separate; ink is dark at 0, as in the other channels.
    """

    data: ctypes.Array[ctypes.c_char]
    black: ctypes.Array[ctypes.c_char] | None
    linear: bool


class Decoder:
    """Decodes one file, forward only; a context manager.

    Raises:
        EOFError: the file ends early.
        OSError: it is damaged.
        MemoryError: it needs more memory than any real file.
    """

    def __init__(self, data: bytes, *, only_header: bool = False) -> None:
        self._library = libjxl()
        self._data = data  # libjxl reads it where it is
        self._budget = Budget(limits.JXL_MEMORY)
        self._handle = self._library.JxlDecoderCreate(self._budget.manager)
        if not self._handle:
            raise MemoryError
        events = _FRAME if only_header else _FULL_IMAGE
        self._call("SubscribeEvents", _BASIC_INFO | _COLOR_ENCODING | events)
        self._call("SetUnpremultiplyAlpha", 1)
        self._call("SetCoalescing", int(not only_header))
        self._call("SetInput", data, len(data))
        self._library.JxlDecoderCloseInput(self._handle)
        self._info = BasicInfo()
        self._black: int | None = None
        self._is_linear = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free all memory."""
        if self._handle:
            self._library.JxlDecoderDestroy(self._handle)
            self._handle = None

    def facts(self) -> Facts:
        """Read the headers of the file and of all frames.

        Raises:
            ValidationError: the layers have more pixels than those of any real file
                (`too_complex`).
        """
        self._until(_COLOR_ENCODING)
        info = self._info
        color = self._color()
        return Facts(
            (info.xsize, info.ysize),
            bool(info.alpha_bits),
            info.num_color_channels == 1,
            self._black,
            max(self._frames(), 1),
            color,
        )

    def _frames(self) -> int:
        """Count the frames, up to one more than allowed; each may be made of several layers."""
        frames = pixels = 0
        layer = FrameHeader()
        while frames <= limits.FRAMES and self._next() == _FRAME:
            self._call("GetFrameHeader", layer)
            frames += bool(layer.duration or layer.is_last)
            pixels += layer.xsize * layer.ysize
            if pixels > limits.JXL_LAYER_PIXELS:
                raise too_complex("layers")
        return frames

    def skip(self, frames: int) -> None:
        """Skip frames; those that later ones are made of are decoded all the same."""
        self._library.JxlDecoderSkipFrames(self._handle, frames)

    def frame(self) -> Levels:
        """Decode the next frame, blended with those before it."""
        self._until(_NEED_IMAGE_OUT_BUFFER)
        info = self._info
        pixels = info.xsize * info.ysize
        channels = info.num_color_channels + bool(info.alpha_bits)
        levels = Levels(
            ctypes.create_string_buffer(pixels * channels * (2 if self._is_linear else 1)),
            ctypes.create_string_buffer(pixels) if self._black is not None else None,
            self._is_linear,
        )
        layout = PixelFormat(channels, UINT16 if levels.linear else UINT8, NATIVE_ENDIAN, 0)
        self._call("SetImageOutBuffer", layout, levels.data, len(levels.data))
        if levels.black:
            layout = PixelFormat(1, UINT8, NATIVE_ENDIAN, 0)
            self._call(
                "SetExtraChannelBuffer", layout, levels.black, len(levels.black), self._black
            )
        self._until(_FULL_IMAGE)
        return levels

    def _until(self, wanted: int) -> None:
        while (status := self._next()) != wanted:
            if status == _SUCCESS:
                raise EOFError

    def _next(self) -> int:
        """Continue to the next event, and do what is to be done at it."""
        status: int = self._library.JxlDecoderProcessInput(self._handle)
        if status == _NEED_MORE_INPUT:
            raise EOFError
        if status == _BASIC_INFO:
            self._call("GetBasicInfo", self._info)
            self._black = self._black_channel()
        elif status == _COLOR_ENCODING:
            self._choose_colors()
        elif status not in {_SUCCESS, _NEED_IMAGE_OUT_BUFFER, _FRAME, _FULL_IMAGE}:
            self._refuse(status)
        return status

    def _black_channel(self) -> int | None:
        channel = ExtraChannelInfo()
        for number in range(self._info.num_extra_channels):
            self._call("GetExtraChannelInfo", number, channel)
            if channel.type == _BLACK:
                return number
        return None

    def _choose_colors(self) -> None:
        """Have light decoded with the curve of sRGB instead of as linear, where libjxl can.

        It can for what is coded in XYB, which is all that is lossy but JPEG.
        """
        encoding = self._encoding()
        if encoding is None or (
            encoding.color_space in {_RGB, _GRAY} and encoding.transfer_function != _LINEAR
        ):
            return
        if self._info.uses_original_profile:
            self._is_linear = encoding.transfer_function == _LINEAR
            return
        if encoding.color_space not in {_RGB, _GRAY}:
            self._library.JxlColorEncodingSetToSRGB(encoding, self._info.num_color_channels == 1)
        encoding.transfer_function = _SRGB_CURVE
        self._call("SetOutputColorProfile", encoding, None, 0)

    def _encoding(self) -> ColorEncoding | None:
        """Return the color space of the decoded levels if it is an enumerated one."""
        encoding = ColorEncoding()
        failed = self._library.JxlDecoderGetColorAsEncodedProfile(
            self._handle, _OF_PIXELS, encoding
        )
        return None if failed else encoding

    def _color(self) -> StatedColor:
        """Return what the decoded levels mean; those of linear light have the curve of sRGB."""
        if encoding := self._encoding():
            if self._is_linear:
                encoding.transfer_function = _SRGB_CURVE
            return StatedColor(None, space_of(encoding), "JPEG XL", self._peak())
        size = ctypes.c_size_t()
        if self._library.JxlDecoderGetICCProfileSize(self._handle, _OF_PIXELS, size):
            return UNSTATED
        if size.value > limits.ICC_BYTES:
            return UNSTATED
        profile = ctypes.create_string_buffer(size.value)
        self._call("GetColorAsICCProfile", _OF_PIXELS, profile, size.value)
        return by_profile(profile.raw)

    def _peak(self) -> float | None:
        """Return the brightest light if it is stated: the others are what encoders assume."""
        peak: float = self._info.intensity_target
        return None if peak in _ASSUMED_PEAKS else peak

    def _call(self, name: str, *arguments: object) -> None:
        status = getattr(self._library, f"JxlDecoder{name}")(self._handle, *arguments)
        if status != _SUCCESS:
            self._refuse(status)

    def _refuse(self, status: int) -> None:
        if self._budget.is_exceeded:
            raise MemoryError
        message = f"libjxl: status {status}"
        raise OSError(message)
