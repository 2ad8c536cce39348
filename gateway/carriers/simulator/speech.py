"""What a recording sounds like: what was spoken into the page's microphone, else a soft tone of the same length."""

from __future__ import annotations

import base64
import io
import math
import struct
import wave

SAMPLES_PER_SECOND = 8000
TONE_HERTZ = 400
BYTES_PER_SAMPLE = 2
LONGEST_SECONDS = 150


def read_speech(text: str) -> bytes:
    """WAV as carriers give it (8 kHz, 16 bits, one channel) from base64. ValueError for anything else."""
    data = base64.b64decode(text, validate=True)
    try:
        with wave.open(io.BytesIO(data)) as sound:
            form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            frames = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError):
        raise ValueError("not a WAV file") from None
    if form != (1, BYTES_PER_SAMPLE, SAMPLES_PER_SECOND) or not frames:
        raise ValueError("not 8 kHz, 16 bits, one channel")
    if len(frames) > LONGEST_SECONDS * SAMPLES_PER_SECOND * BYTES_PER_SAMPLE:
        raise ValueError(f"longer than {LONGEST_SECONDS} seconds")
    return _wav(frames)


def seconds_of(sound: bytes) -> int:
    """How long WAV of ours lasts, in whole seconds, one at least."""
    with wave.open(io.BytesIO(sound)) as opened:
        seconds: int = round(opened.getnframes() / SAMPLES_PER_SECOND)
        return max(1, seconds)


def make_tone(seconds: int) -> bytes:
    """A soft tone of `seconds`, as WAV of the same kind."""
    wavelength = SAMPLES_PER_SECOND // TONE_HERTZ
    period = b"".join(struct.pack("<h", int(4000 * math.sin(2 * math.pi * i / wavelength))) for i in range(wavelength))
    return _wav(period * (TONE_HERTZ * seconds))


def _wav(frames: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(BYTES_PER_SAMPLE)
        sound.setframerate(SAMPLES_PER_SECOND)
        sound.writeframes(frames)
    return file.getvalue()
