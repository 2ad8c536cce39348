"""Recordings played in place: decrypted for whoever is signed in and may hear them, in parts as a browser asks."""

from __future__ import annotations

import io

from flask import Response, request, send_file

from gateway.topics.recordings import read_recording
from gateway.web.pages.surroundings import this_gateway


def play(recording_id: int) -> Response:
    """The sound of a recording whose right to be heard was checked before. NotFound("recording_not_here")."""
    gateway = this_gateway()
    folder = gateway.settings.data_dir / "recordings"
    sound = read_recording(recording_id, folder=folder, secret=gateway.ports.secret)
    answer: Response = send_file(io.BytesIO(sound), mimetype="audio/wav", conditional=False)
    answer.make_conditional(request.environ, accept_ranges=True, complete_length=len(sound))
    return answer
