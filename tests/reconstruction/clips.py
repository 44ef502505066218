"""Small video files for the tests."""

from fractions import Fraction

import av
import numpy as np

RATE = 25
TONE = 440


def write(path, frames, audio=None, container=None, times=None):
    """Writes uint8 frames `[height, width, 3]`, and a second of a tone with the codec `audio`."""
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "5"}
        sound = out.add_stream(audio, rate=44100) if audio else None
        for k, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            if times is not None:
                picture.pts, picture.time_base = round(times[k] * 90000), Fraction(1, 90000)
            out.mux(stream.encode(picture))
        out.mux(stream.encode())
        if sound is not None:
            wave = np.sin(2 * np.pi * TONE * np.arange(44100) / 44100) * 8000
            stereo = np.repeat(wave.astype(np.int16)[None], 2, 1)
            heard = av.AudioFrame.from_ndarray(stereo, format="s16", layout="stereo")
            heard.sample_rate = 44100
            out.mux(sound.encode(heard))
            out.mux(sound.encode())
    return path


def moving_bar(count=12, size=(64, 96)):
    """A white bar that moves to the right by 4 pixels a frame."""
    frames = np.zeros((count, *size, 3), np.uint8)
    for k in range(count):
        frames[k, :, 4 * k : 4 * k + 12] = 255
    return frames


def tone(path):
    """The loudest frequency of a file's sound in hertz, and its length in seconds."""
    with av.open(str(path)) as source:
        stream = source.streams.audio[0]
        parts = [frame.to_ndarray().astype(float)[0] for frame in source.decode(stream)]
        wave = np.concatenate(parts)
        wave = wave[:: stream.channels] if not stream.format.is_planar else wave
        rate = stream.codec_context.sample_rate
    spectrum = np.abs(np.fft.rfft(wave))
    return float(spectrum[1:].argmax() + 1) * rate / len(wave), len(wave) / rate
