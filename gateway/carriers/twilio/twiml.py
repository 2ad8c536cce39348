"""Answers to the carrier in its own markup: one renderer for each step of a call, and the reply to a text.

The voices and languages are in LANGUAGES. Old ears like it slow: where a voice takes a speaking rate, it gets one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twilio.twiml import TwiML, voice_response
from twilio.twiml.messaging_response import MessagingResponse

from gateway.carriers.port import (
    CallStep,
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
ALL_KEYS = "0123456789*#"
# What XML cannot hold, however it is written.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_reply(texts: Sequence[str]) -> str:
    """The answer to a text. An empty one means that nothing is sent back."""
    response = MessagingResponse()
    for text in [clean for text in texts if (clean := _writable(text))][:MOST_REPLIES]:
        response.message(text)
    return str(response)


def render_call(steps: Sequence[CallStep]) -> str:
    """What a call does next."""
    response = voice_response.VoiceResponse()
    for step in steps:
        for verb in _VERBS[type(step)](step):
            response.append(verb)
    return str(response)


def _say(step: Say) -> list[TwiML]:
    voice = LANGUAGES.get(step.language, LANGUAGES[DEFAULT_LANGUAGE])
    text = _writable(step.text)
    pieces = [text[start : start + LONGEST_SAY] for start in range(0, len(text), LONGEST_SAY)]
    return [_spoken(piece, voice) for piece in pieces]


def _spoken(text: str, voice: Voice) -> TwiML:
    if not voice.rate:
        return voice_response.Say(text, language=voice.language, voice=voice.name)
    say = voice_response.Say(language=voice.language, voice=voice.name)
    say.prosody(text, rate=voice.rate)
    return say


def _play(step: Play) -> list[TwiML]:
    return [voice_response.Play(step.url)]


def _pause(step: Pause) -> list[TwiML]:
    return [voice_response.Pause(length=step.seconds)]


def _gather(step: Gather) -> list[TwiML]:
    gather = voice_response.Gather(
        input="dtmf",
        action=step.action,
        method="POST",
        timeout=step.timeout_seconds,
        num_digits=step.digits,
        finish_on_key=step.finish_key,
        action_on_empty_result=True,
    )
    for prompt in step.prompts:
        for verb in _VERBS[type(prompt)](prompt):
            gather.append(verb)
    # A carrier that does not know actionOnEmptyResult falls through to the next verb when nobody presses a key.
    return [gather, *_redirect(Redirect(step.action))]


def _record(step: Record) -> list[TwiML]:
    record = voice_response.Record(
        action=step.action,
        method="POST",
        max_length=step.max_seconds,
        timeout=step.silence_seconds,
        finish_on_key=ALL_KEYS,
        play_beep=True,
        trim="trim-silence",
    )
    # After an empty recording the action is not asked for.
    return [record, *_redirect(Redirect(step.action))]


def _redirect(step: Redirect) -> list[TwiML]:
    return [voice_response.Redirect(step.url, method="POST")]


def _reject(_step: Reject) -> list[TwiML]:
    # A busy tone, which anybody knows; the other reason tells the caller that the number does not exist.
    return [voice_response.Reject(reason="busy")]


def _hangup(_step: Hangup) -> list[TwiML]:
    return [voice_response.Hangup()]


_VERBS: Mapping[type[CallStep], Callable[[Any], list[TwiML]]] = {
    Say: _say,
    Play: _play,
    Pause: _pause,
    Gather: _gather,
    Record: _record,
    Redirect: _redirect,
    Reject: _reject,
    Hangup: _hangup,
}


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text).strip()
