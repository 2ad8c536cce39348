"""Sounds that tests make: a voice-like tone, silence, the hiss of a line."""

from __future__ import annotations

import io
import math
import random
import wave
from array import array


def tone(seconds: float, *, height: int = 8000, rate: int = 8000) -> array[int]:
    """A voice-like tone: 180 Hz with overtones, swelling as syllables do."""
    return array("h", (
        int(height * abs(math.sin(math.tau * 2 * at / rate))
            * (0.6 * math.sin(math.tau * 180 * at / rate) + 0.4 * math.sin(math.tau * 540 * at / rate)))
        for at in range(int(seconds * rate))
    ))  # fmt: skip


def hush(seconds: float, *, hiss: int = 20, rate: int = 8000) -> array[int]:
    """Silence as a line has it."""
    chance = random.Random(1)
    return array("h", (chance.randint(-hiss, hiss) for _ in range(int(seconds * rate))))


def wav(samples: array[int], *, rate: int = 8000, channels: int = 1) -> bytes:
    """A WAV file; with two channels both are the same."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(array("h", (one for one in samples for _ in range(channels))).tobytes())
    return file.getvalue()
