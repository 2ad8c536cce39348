"""Sound for telephones: any usual file in; 8 kHz mono WAV of even loudness, without the silence around it, out. Pure.

A telephone carries 300 to 3400 Hz, so 8000 samples a second are all there is to hear (ITU-T G.711). miniaudio reads the
formats; the arithmetic on some hundred thousand samples is plain Python and takes a fraction of a second.
"""

from __future__ import annotations

import io
import wave
from array import array
from dataclasses import dataclass, field
from itertools import pairwise

import miniaudio

from gateway.kernel.errors import InputError

RATE = 8000
# Pieces of 20 ms, in which speech is told from silence.
FRAME = RATE // 50
FULL = 32767
# Below this a frame is silence: about -48 dB of full scale, the hiss of a line.
SILENCE = 128
# Somebody who says a word is heard for a quarter of a second at least.
LEAST_SPEECH_SECONDS = 0.25
SHORTEST_SECONDS = 1.0
# Speech is brought to this mean level (-20 dB of full scale), never louder than its peaks allow.
TARGET = FULL // 10
LOUDEST_PEAK = FULL * 9 // 10
MOST_GAIN = 8.0
KEPT_AROUND = 10
LONGEST_FILE = 10 * 1024 * 1024


@dataclass(frozen=True)
class Sound:
    """Samples of one channel, 8000 a second, 16 bits each."""

    samples: array[int] = field(repr=False)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE

    @property
    def speech_seconds(self) -> float:
        """For how long anything is heard."""
        return sum(level >= SILENCE for level in _levels(self.samples)) * FRAME / RATE

    @property
    def problem(self) -> str:
        """ "silent" when nobody says anything, "short" when it is hardly a word, "" when it is worth hearing."""
        if self.speech_seconds < LEAST_SPEECH_SECONDS:
            return "silent"
        return "short" if self.speech_seconds < SHORTEST_SECONDS / 2 or self.seconds < SHORTEST_SECONDS else ""


def read_sound(data: bytes) -> Sound:
    """WAV, MP3, FLAC or Ogg as samples for a telephone. InputError("sound_unreadable", "sound_too_large")."""
    if len(data) > LONGEST_FILE:
        raise InputError("sound_too_large", most=LONGEST_FILE // 1024 // 1024)
    try:
        decoded = miniaudio.decode(data, miniaudio.SampleFormat.SIGNED16, 1, RATE)
    except miniaudio.MiniaudioError:
        raise InputError("sound_unreadable") from None
    return Sound(array("h", decoded.samples))


def for_telephone(sound: Sound) -> Sound:
    """The sound without the silence before and after it, and as loud as the others."""
    levels = _levels(sound.samples)
    heard = [at for at, level in enumerate(levels) if level >= SILENCE]
    if not heard:
        return sound
    first, last = max(0, heard[0] - KEPT_AROUND), heard[-1] + 1 + KEPT_AROUND
    samples = sound.samples[first * FRAME : last * FRAME]
    speech = [levels[at] for at in heard]
    peak = max(1, *(abs(one) for one in (max(samples), min(samples))))
    gain = min(TARGET * len(speech) / sum(speech), LOUDEST_PEAK / peak, MOST_GAIN)
    return Sound(array("h", (int(sample * gain) for sample in samples)))


def write_wav(sound: Sound) -> bytes:
    """The sound as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(sound.samples.tobytes())
    return file.getvalue()


def _levels(samples: array[int]) -> list[float]:
    """The mean level of each frame, as a sine of that height would have it (mean of the absolute values times π/2).

    A steady offset of the line is not sound: only what moves counts.
    """
    if not samples:
        return []
    offset = sum(samples) // len(samples)
    edges = [*range(0, len(samples), FRAME), len(samples)]
    return [sum(abs(one - offset) for one in samples[a:b]) / max(1, b - a) * 1.57 for a, b in pairwise(edges)]
