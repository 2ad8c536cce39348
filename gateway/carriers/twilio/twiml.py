"""Answers to the carrier in its own markup: one renderer for each step of a call, and the reply to a text.

The voices and languages are in LANGUAGES. Old ears like it slow: where a voice takes a speaking rate, it gets one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gateway.carriers.port import (
    CallStep,
    Conference,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)
from gateway.kernel.languages import DEFAULT_LANGUAGE


@dataclass(frozen=True)
class Voice:
    """A language as the carrier names it and the voice that speaks it; `rate` "" where the voice takes none."""

    language: str
    name: str
    rate: str


LANGUAGES: Mapping[str, Voice] = {
    "zh": Voice("cmn-CN", "Polly.Zhiyu", "85%"),
    "en": Voice("en-GB", "Polly.Amy", "90%"),
    # There is no other voice for Cantonese, and whether this one takes a rate is not documented.
    "yue": Voice("yue-HK", "Google.yue-HK-Standard-A", ""),
}

# More than the carrier reads out at once from one element (3000 for these voices).
LONGEST_SAY = 2900
MOST_REPLIES = 10
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
ALL_KEYS = "0123456789*#"
# What XML cannot hold, however it is written.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_reply(texts: Sequence[str]) -> str:
    """The answer to a text. An empty one means that nothing is sent back."""
    written = [clean for text in texts if (clean := _writable(text))][:MOST_REPLIES]
    messages = "".join(f"<Message>{escape(text)}</Message>" for text in written)
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{messages}</Response>'


def render_call(steps: Sequence[CallStep]) -> str:
    """What a call does next."""
    return f"{_HEAD}<Response>{''.join(_VERBS[type(step)](step) for step in steps)}</Response>"


def _say(step: Say) -> str:
    voice = LANGUAGES.get(step.language, LANGUAGES[DEFAULT_LANGUAGE])
    text = _writable(step.text)
    pieces = [text[start : start + LONGEST_SAY] for start in range(0, len(text), LONGEST_SAY)]
    return "".join(_spoken(piece, voice) for piece in pieces)


def _spoken(text: str, voice: Voice) -> str:
    words = escape(text)
    if voice.rate:
        words = f'<prosody rate="{voice.rate}">{words}</prosody>'
    return f'<Say language="{voice.language}" voice="{voice.name}">{words}</Say>'


def _play(step: Play) -> str:
    return f"<Play>{escape(step.url)}</Play>"


def _pause(step: Pause) -> str:
    return f'<Pause length="{step.seconds}" />'


def _gather(step: Gather) -> str:
    digits = f' numDigits="{step.digits}"' if step.digits is not None else ""
    head = (
        f'<Gather action={quoteattr(step.action)} actionOnEmptyResult="true" finishOnKey="{step.finish_key}"'
        f' input="dtmf" method="POST"{digits} timeout="{step.timeout_seconds}"'
    )
    prompts = "".join(_VERBS[type(prompt)](prompt) for prompt in step.prompts)
    gather = f"{head}>{prompts}</Gather>" if prompts else f"{head} />"
    # A carrier that does not know actionOnEmptyResult falls through to the next verb when nobody presses a key.
    return gather + _redirect(Redirect(step.action))


def _record(step: Record) -> str:
    record = (
        f'<Record action={quoteattr(step.action)} finishOnKey="{ALL_KEYS}" maxLength="{step.max_seconds}"'
        f' method="POST" playBeep="true" timeout="{step.silence_seconds}" trim="trim-silence" />'
    )
    # After an empty recording the action is not asked for.
    return record + _redirect(Redirect(step.action))


def _redirect(step: Redirect) -> str:
    return f'<Redirect method="POST">{escape(step.url)}</Redirect>'


def _reject(_step: Reject) -> str:
    # A busy tone, which anybody knows; the other reason tells the caller that the number does not exist.
    return '<Reject reason="busy" />'


def _hangup(_step: Hangup) -> str:
    return "<Hangup />"


def _conference(step: Conference) -> str:
    # The carrier would play music until somebody speaks, and beep whenever somebody comes: this line is quiet.
    muted = "true" if step.muted else "false"
    return (
        f'<Dial action={quoteattr(step.action)} hangupOnStar="true" method="POST"><Conference beep="false"'
        f' endConferenceOnExit="false" muted="{muted}" startConferenceOnEnter="true" waitUrl="">'
        f"{escape(step.room)}</Conference></Dial>"
    )


_VERBS: Mapping[type[CallStep], Callable[[Any], str]] = {
    Say: _say,
    Play: _play,
    Pause: _pause,
    Gather: _gather,
    Record: _record,
    Redirect: _redirect,
    Reject: _reject,
    Hangup: _hangup,
    Conference: _conference,
}


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text).strip()
