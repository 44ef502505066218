"""Video files, frame by frame: reading in order of time, writing with the sound of another."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from face2param import config, images
from face2param.errors import DependencyError, ImageError, OutputError

MAXIMUM_PIXELS = 8192 * 4320
"""Frames of more pixels are refused before any is decoded."""

_AUDIO_IN_MP4 = ("aac", "mp3", "ac3", "eac3", "alac", "opus")


@dataclasses.dataclass(frozen=True)
class Info:
    """What a video's header says.

    Attributes:
      size: (height, width) of an upright frame.
      frames: how many there are; None where the header does not say.
      rate: frames a second.
      seconds: length; None where the header does not say.
      audio: codec of its sound, or None.
    """

    size: tuple[int, int]
    frames: int | None
    rate: Fraction
    seconds: float | None
    audio: str | None


@dataclasses.dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
      image: `[height, width, 3]` float32 RGB in [0, 1], upright.
      time: seconds from the start of the video.
      index: from 0.
    """

    image: np.ndarray
    time: float
    index: int


def probe(path: str | os.PathLike) -> Info:
    """Reads a video's header and its first frame.

    Raises:
      ImageError: no such file, no video in it, or frames that are too large.
      DependencyError: PyAV is not installed.
    """
    with _opened(path) as container:
        stream = _stream(container, path)
        try:
            first = next(container.decode(stream))
        except (StopIteration, _av().error.FFmpegError):
            raise ImageError(f"{path}: no frame of the video can be decoded") from None
        height, width = first.height, first.width
        if round(first.rotation) % 180:
            height, width = width, height
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        seconds = None
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            seconds = container.duration / 1e6
        frames = stream.frames or (round(seconds * rate) if seconds else None)
        sound = container.streams.audio
        audio = sound[0].codec_context.name if sound else None
        return Info((height, width), frames, Fraction(rate), seconds, audio)


def read(path: str | os.PathLike) -> Iterator[Frame]:
    """Decodes a video frame by frame; one frame is held at a time.

    Phones write frames lying on their side with a note how to turn them; they come upright.
    Frames without a time, or with one that does not advance, get the next by the rate. A video
    that ends in the middle of a frame ends with the last whole one.

    Raises:
      ImageError: as `probe`, or not a single frame can be decoded.
      DependencyError: PyAV is not installed.
    """
    error_type = _av().error.FFmpegError
    with _opened(path) as container:
        stream = _stream(container, path)
        stream.thread_type = "AUTO"
        step = 1 / float(stream.average_rate or stream.guessed_rate or 25)
        index, last, start = 0, None, None
        try:
            for frame in container.decode(stream):
                time = frame.time
                if time is not None:
                    start = time if start is None else start
                    time -= start
                if last is not None and (time is None or time <= last):
                    time = last + step
                last = 0.0 if time is None else time
                yield Frame(_upright(frame), last, index)
                index += 1
        except error_type:
            if index == 0:
                raise ImageError(f"{path}: no frame of the video can be decoded") from None
        if index == 0:
            raise ImageError(f"{path}: there is no frame in the video")


class Writer:
    """Writes H.264 in an MP4 file, picture by picture; see `writing`."""

    def __init__(self, container, size: tuple[int, int], rate: Fraction):
        """Starts the stream; for `writing`."""
        self._av = _av()
        self._container = container
        self.size = size
        self._stream = container.add_stream("libx264", rate=rate)
        self._stream.height, self._stream.width = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"crf": "18", "preset": "veryfast"}
        # Times are kept in 1/90000 s, so that a changing rate stays as it was filmed.
        self._clock = Fraction(1, 90000)
        self._stream.codec_context.time_base = self._clock
        self._last = -1
        self.sound: _Sound | None = None

    def write(self, image: np.ndarray, time: float) -> None:
        """Adds a frame.

        Args:
          image: `[height, width, 3]` of the writer's size.
          time: in seconds, not before the last.

        Raises:
          ValueError: another size.
        """
        if image.shape != (*self.size, 3):
            raise ValueError(
                f"image must be [{self.size[0]}, {self.size[1]}, 3], got {image.shape}"
            )
        frame = self._av.VideoFrame.from_ndarray(images.to_uint8(image), format="rgb24")
        self._last = max(self._last + 1, round(time / self._clock))
        frame.pts, frame.time_base = self._last, self._clock
        self._container.mux(self._stream.encode(frame))
        if self.sound is not None:
            self.sound.advance(time)

    def close(self) -> None:
        """Writes what the encoder still holds."""
        self._container.mux(self._stream.encode())
        if self.sound is not None:
            self.sound.close()


@contextlib.contextmanager
def writing(
    path: str | os.PathLike,
    size: tuple[int, int],
    rate: Fraction,
    audio_from: str | os.PathLike | None = None,
) -> Iterator[Writer]:
    """Yields a writer; the file appears under its name when all is written, or not at all.

    Args:
      path: `.mp4` file to write.
      size: (height, width), even numbers, as the colour format wants them.
      rate: frames a second, for the header.
      audio_from: video whose sound is put in; copied as it is where MP4 can hold it, otherwise
        coded as AAC. None, or a video without sound: none.

    Raises:
      OutputError: the file cannot be written.
      ValueError: a side is odd.
      DependencyError: PyAV is not installed.
    """
    if size[0] % 2 or size[1] % 2:
        raise ValueError(f"size must be even, got {size}")
    av = _av()
    with config.atomic_path(path) as temporary:
        try:
            with av.open(str(temporary), "w", format="mp4") as container:
                writer = Writer(container, size, Fraction(rate).limit_denominator(1001))
                with _opened(audio_from) if audio_from else contextlib.nullcontext() as source:
                    if source is not None and source.streams.audio:
                        writer.sound = _Sound(container, source)
                    yield writer
                    writer.close()
        except av.error.FFmpegError as error:
            raise OutputError(f"cannot write {path}: {error}") from None


class _Sound:
    """The sound of one file on its way into another, a little at a time.

    A file wants sound and pictures near each other: the muxer would keep all pictures in memory
    until the sound comes.
    """

    def __init__(self, container, source):
        """Declares the stream, which must be done before the first packet is written."""
        self._container = container
        stream = source.streams.audio[0]
        video = source.streams.video[0]
        self._origin = float((video.start_time or 0) * video.time_base)
        self._copies = stream.codec_context.name in _AUDIO_IN_MP4
        if self._copies:
            self._target = container.add_stream_from_template(stream)
            self._parts = (p for p in source.demux(stream) if p.dts is not None)
        else:
            self._target = container.add_stream("aac", rate=stream.codec_context.sample_rate)
            self._parts = source.decode(stream)
        self._next = next(self._parts, None)

    def advance(self, time: float) -> None:
        """Brings over what sounds before `time`, in seconds from the first picture."""
        while self._next is not None and self._start(self._next) < time:
            part, self._next = self._next, next(self._parts, None)
            if self._copies:
                shift = round(self._origin / part.time_base)
                part.pts, part.dts = part.pts - shift, part.dts - shift
                part.stream = self._target
                self._container.mux(part)
            else:
                self._container.mux(self._target.encode(part))

    def close(self) -> None:
        """Brings over the rest."""
        self.advance(float("inf"))
        if not self._copies:
            self._container.mux(self._target.encode())

    def _start(self, part) -> float:
        return float((part.pts or 0) * part.time_base) - self._origin


def _av():
    try:
        import av
    except ImportError:
        raise DependencyError(
            "video files are read and written by PyAV, which is not installed; install it with: "
            "pip install 'face2param[video]'"
        ) from None
    return av


@contextlib.contextmanager
def _opened(path: str | os.PathLike):
    av = _av()
    if not Path(path).is_file():
        raise ImageError(f"no such video: {path}")
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, ValueError) as error:
        raise ImageError(f"cannot read {path} as a video: {error}") from None
    with container:
        yield container


def _stream(container, path):
    if not container.streams.video:
        raise ImageError(f"{path}: there is no picture in the video")
    stream = container.streams.video[0]
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAXIMUM_PIXELS:
        raise ImageError(
            f"{path} has frames of {width}x{height} pixels; at most {MAXIMUM_PIXELS} are accepted"
        )
    return stream


def _upright(frame) -> np.ndarray:
    turns = round(frame.rotation / 90) % 4
    return images.from_uint8(
        np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), turns))
    )
