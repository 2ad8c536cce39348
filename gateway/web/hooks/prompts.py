"""Recorded prompts in calls: sentences that somebody has recorded are played, the rest is spoken by the carrier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, current_app

from gateway.bootstrap import Gateway
from gateway.carriers.port import CallStep, Gather, IncomingCall, Pause, Play, Say
from gateway.roll import views as roll
from gateway.wording.recordings import Recordings

RECORDINGS = "xiangyin.recordings"
# A prompt's address names its content, so it never changes and carriers may keep it.
FOR_EVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("prompts", __name__, url_prefix="/twilio/voice/prompt")


@blueprint.get("/<token>.wav")
def prompt(token: str) -> Response:
    """A recorded prompt. Its address cannot be guessed and says nothing of anybody."""
    recordings = current_app.extensions[RECORDINGS]
    assert isinstance(recordings, Recordings)
    sound = recordings.sound(token)
    if sound is None:
        abort(404)
    return Response(sound, mimetype="audio/wav", headers={"Cache-Control": FOR_EVER})


def voiced(
    steps: Sequence[CallStep], call: IncomingCall, gateway: Gateway, recordings: Recordings
) -> Sequence[CallStep]:
    """`steps` with recordings in the place of the sentences that have some, a community's own before its language's."""
    if recordings.is_empty():
        return steps
    community = _community_of(call, gateway) if recordings.has_own() else ""
    voice = _Voice(recordings, community, f"{gateway.settings.public_url}{blueprint.url_prefix}")
    said: list[CallStep] = []
    for step in steps:
        if isinstance(step, Say):
            said += voice.played(step)
        elif isinstance(step, Gather):
            said.append(replace(step, prompts=tuple(one for prompt in step.prompts for one in voice.inside(prompt))))
        else:
            said.append(step)
    return said


@dataclass(frozen=True)
class _Voice:
    """The recordings of one community, and the address they are played from."""

    recordings: Recordings
    community: str
    address: str

    def inside(self, step: Say | Play | Pause) -> Sequence[Say | Play | Pause]:
        """What is played for a part of a gather."""
        return self.played(step) if isinstance(step, Say) else [step]

    def played(self, say: Say) -> Sequence[Say | Play]:
        """Recordings for a sentence, or the sentence."""
        parts = self.recordings.voiced(say.text, say.language, self.community)
        if parts is None:
            return [say]
        return [Play(f"{self.address}/{one.token}.wav") if one.token else Say(one.words, say.language) for one in parts]


def _community_of(call: IncomingCall, gateway: Gateway) -> str:
    with gateway.db.read() as conn:
        found = roll.community_by_line(conn, call.line)
    return found.code if found else ""
