"""Recorded prompts in calls: sentences that somebody has recorded are played, the rest is spoken by the carrier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, current_app

from gateway.carriers.port import CallStep, Gather, IncomingCall, Pause, Play, Say
from gateway.roll import views as roll
from gateway.web.pages.surroundings import this_gateway
from gateway.wording.recordings import Recordings

RECORDINGS = "xiangyin.recordings"
# A prompt's address names its content, so it never changes and carriers may keep it.
FOR_EVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("prompts", __name__, url_prefix="/twilio/voice/prompt")


@blueprint.get("/<token>.wav")
def prompt(token: str) -> Response:
    """A recorded prompt. Its address cannot be guessed and says nothing of anybody."""
    sound = _recordings().sound(token)
    if sound is None:
        abort(404)
    return Response(sound, mimetype="audio/wav", headers={"Cache-Control": FOR_EVER})


def voiced(steps: Sequence[CallStep], call: IncomingCall) -> list[CallStep]:
    """`steps` with recordings in the place of the sentences that have some, a community's own before its language's."""
    recordings = _recordings()
    if recordings.is_empty():
        return list(steps)
    community = _community_of(call) if recordings.has_own() else ""
    said: list[CallStep] = []
    for step in steps:
        if isinstance(step, Say):
            said += _played(step, community, recordings)
        elif isinstance(step, Gather):
            inner = [one for said_one in step.prompts for one in _inside(said_one, community, recordings)]
            said.append(replace(step, prompts=tuple(inner)))
        else:
            said.append(step)
    return said


def _inside(step: Say | Play | Pause, community: str, recordings: Recordings) -> Sequence[Say | Play | Pause]:
    return _played(step, community, recordings) if isinstance(step, Say) else [step]


def _played(say: Say, community: str, recordings: Recordings) -> Sequence[Say | Play]:
    parts = recordings.voiced(say.text, say.language, community)
    if parts is None:
        return [say]
    address = f"{this_gateway().settings.public_url}{blueprint.url_prefix}"
    return [Play(f"{address}/{one.token}.wav") if one.token else Say(one.words, say.language) for one in parts]


def _community_of(call: IncomingCall) -> str:
    with this_gateway().db.read() as conn:
        found = roll.community_by_line(conn, call.line)
    return found.code if found else ""


def _recordings() -> Recordings:
    found = current_app.extensions[RECORDINGS]
    assert isinstance(found, Recordings)
    return found
