"""Recorded prompts over HTTP: played in a call, fetched by the carrier, kept for ever."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.kernel.sound import read_sound
from gateway.wording.pieces import pieces
from gateway.wording.recordings import import_prompts
from tests.carriers.twilio.requests_in import call_fields
from tests.kernel.sounds import tone, wav
from tests.web.signing import signed_post


def test_recorded_sentences_are_played_and_the_others_spoken(
    client: FlaskClient, gateway: Gateway, village: int, tmp_path: Path
) -> None:
    before = ET.fromstring(signed_post(client, "/twilio/voice", dict(call_fields())).text)
    assert not list(before.iter("Play"))
    sentences = gateway.wording.sentences["zh"]
    for piece in pieces("call.menu.title", sentences["call.menu.title"]) + pieces("call.keys", sentences["call.keys"]):
        (tmp_path / f"{piece.name}.wav").write_bytes(wav(tone(2)))
    taken, troubles = import_prompts(tmp_path, gateway.settings.data_dir / "prompts", sentences, "zh")
    assert taken and not troubles
    after = ET.fromstring(signed_post(client, "/twilio/voice", dict(call_fields(CallSid="CA" + "9" * 32))).text)
    addresses = [one.text or "" for one in after.iter("Play")]
    assert addresses
    assert len(list(after.iter("Say"))) < len(list(before.iter("Say")))
    path = addresses[0].removeprefix("https://village.example")
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("audio/wav")
    assert "immutable" in answer.headers["Cache-Control"]
    assert read_sound(answer.data).seconds > 1
    assert client.get(path.replace(".wav", "0.wav")).status_code == 404
