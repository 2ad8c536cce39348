"""Sound for telephones: read, judged, trimmed, made as loud as the rest."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import InputError
from gateway.kernel.sound import RATE, Sound, for_telephone, read_sound, write_wav
from tests.kernel.sounds import hush, tone, wav


def test_sound_of_any_rate_and_channels_becomes_eight_kilohertz_mono() -> None:
    made = read_sound(wav(tone(2, rate=44_100), rate=44_100, channels=2))
    assert abs(made.seconds - 2) < 0.05
    assert len(made.samples) == pytest.approx(2 * RATE, rel=0.02)


@pytest.mark.parametrize(
    ("samples", "problem"),
    [(hush(5), "silent"), (hush(0), "silent"), (hush(3, hiss=0), "silent"), (hush(2) + tone(0.1) + hush(2), "silent"),
     (tone(0.5), "short"), (hush(2) + tone(0.45) + hush(2), "short"), (hush(1) + tone(3) + hush(1), "")],
)  # fmt: skip
def test_sound_in_which_nobody_speaks_is_told_from_speech(samples: object, problem: str) -> None:
    assert Sound(samples).problem == problem  # type: ignore[arg-type]


def test_quiet_offset_of_a_line_is_silence() -> None:
    assert Sound(hush(3, hiss=3).__class__("h", (one + 900 for one in hush(3, hiss=3)))).problem == "silent"


def test_sound_loses_the_silence_around_it_and_gains_loudness() -> None:
    faint = Sound(hush(3) + tone(2, height=900) + hush(4))
    made = for_telephone(faint)
    assert 2 < made.seconds < 2.6
    assert max(made.samples) > 3 * max(faint.samples)
    loud = for_telephone(Sound(tone(2, height=32_000)))
    assert max(loud.samples) < 32_000
    assert for_telephone(Sound(hush(1))).samples == hush(1)


def test_sound_written_is_the_sound_read() -> None:
    made = Sound(tone(1))
    assert read_sound(write_wav(made)).samples == made.samples


@pytest.mark.parametrize("data", [b"", b"RIFF", b"no sound at all" * 99])
def test_sound_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="sound_unreadable"):
        read_sound(data)


def test_sound_file_of_any_size_is_not_read() -> None:
    with pytest.raises(InputError, match="sound_too_large"):
        read_sound(b"\0" * (10 * 1024 * 1024 + 1))
