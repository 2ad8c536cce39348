"""GET /twilio/voice/sound: the sealed address alone lets somebody hear a recording, for an hour; anything else gets 404."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.bootstrap import Gateway
from gateway.conversation.calls.sounds import LASTS, Sound, seal_sound
from gateway.roll import views as roll
from gateway.topics import actions as topics
from gateway.topics.recordings import store_recording
from tests.fakes import ScriptedCarrier, StillClock
from tests.kernel.sounds import tone, wav

AT_CARRIER = b"RIFF....WAVE as the carrier has it"
# What nobody of us has sealed.
STRANGE = ("", "x", "0", "RE1", "../../etc/passwd", "%00", "A" * 5000, urlsafe_b64encode(bytes(64)).decode())


@pytest.fixture
def carrier() -> ScriptedCarrier:
    carrier = ScriptedCarrier()
    carrier.recordings = {"RE1": AT_CARRIER}
    return carrier


def address(gateway: Gateway, sound: Sound) -> str:
    """The token by which the carrier finds a sound."""
    return seal_sound(sound, sealer=gateway.ports.call_sealer, now=gateway.ports.clock.now())


def _author(gateway: Gateway, village: int) -> int:
    with gateway.db.read() as conn:
        found = roll.resident_by_code(conn, village, "10014")
    assert found
    return found.id


def hear(client: FlaskClient, token: str) -> TestResponse:
    """Ask for a sound as a carrier does, which signs no request for a sound."""
    return client.get(f"/twilio/voice/sound?s={quote(token, safe='')}")


def test_sound_that_is_still_at_the_carrier_is_fetched_there(client: FlaskClient, gateway: Gateway) -> None:
    answer = hear(client, address(gateway, Sound("RE1")))
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", AT_CARRIER)


def test_sound_that_is_kept_is_heard_although_the_carrier_has_deleted_it(
    client: FlaskClient, gateway: Gateway, carrier: ScriptedCarrier, village: int
) -> None:
    carrier.recordings = {"RE1": wav(tone(3))}
    ports = gateway.ports
    with ports.db.work() as tx:
        topic = topics.raise_spoken_topic(tx, village, _author(gateway, village), "RE1", 3, at=ports.clock.now())
        tx.commit()
    number = topic.recording_id or 0
    store_recording(ports, number, carrier=carrier, folder=gateway.settings.data_dir / "recordings")
    assert carrier.recordings == {}
    answer = hear(client, address(gateway, Sound("RE1", number)))
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "audio/wav", b"RIFF")


def test_address_lasts_an_hour(client: FlaskClient, gateway: Gateway, clock: StillClock) -> None:
    token = address(gateway, Sound("RE1"))
    clock.at += LASTS - timedelta(seconds=1)
    assert hear(client, token).status_code == 200
    clock.at += timedelta(seconds=1)
    assert hear(client, token).status_code == 404


def test_tampered_address_is_heard_by_nobody(client: FlaskClient, gateway: Gateway) -> None:
    token = address(gateway, Sound("RE1"))
    for at in range(0, len(token) - 1, 5):
        other = "A" if token[at] != "A" else "B"
        answer = hear(client, token[:at] + other + token[at + 1 :])
        assert (answer.status_code, AT_CARRIER in answer.data) == (404, False), at
    assert hear(client, token[: len(token) // 2]).status_code == 404


@pytest.mark.parametrize("token", STRANGE)
def test_made_up_address_is_heard_by_nobody(client: FlaskClient, token: str) -> None:
    assert hear(client, token).status_code == 404


def test_address_of_a_step_of_a_call_is_none_of_a_sound(client: FlaskClient, gateway: Gateway) -> None:
    """Both are sealed with the same key; neither stands for the other."""
    token = gateway.ports.call_sealer.seal(b'{"call": "CA1", "thread": "t", "session": {}}')
    assert hear(client, token).status_code == 404
