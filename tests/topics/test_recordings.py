"""A spoken topic's recording comes home once and is deleted at the carrier, whatever crashes in between."""

from __future__ import annotations

import stat
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.kernel.errors import CarrierError, NotFound, Unreachable
from gateway.kernel.ports import Ports
from gateway.kernel.sound import read_sound
from gateway.topics import actions, views
from gateway.topics.model import RecordingState, Stage
from gateway.topics.recordings import read_recording, store_recording
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier
from tests.kernel.sounds import hush, tone, wav
from tests.polls.village import a_village

SOUND = b"RIFF....WAVE a canary sings" * 200


class FlakyCarrier(ScriptedCarrier):
    """Fails the first time at what is named; counts what it is asked for."""

    def __init__(self, fails_at: str = "") -> None:
        super().__init__()
        self.recordings = {"RE1": SOUND}
        self.fails_at = fails_at
        self.asked: list[str] = []

    def fetch_recording(self, recording_id: str) -> bytes:
        self._ask("fetch")
        try:
            return super().fetch_recording(recording_id)
        except KeyError:
            raise CarrierError("recording_gone") from None

    def delete_recording(self, recording_id: str) -> None:
        self._ask("delete")
        super().delete_recording(recording_id)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.fails_at == what:
            self.fails_at = ""
            raise Unreachable("carrier_unreachable")


@pytest.fixture
def recording_id(ports: Ports) -> int:
    village = a_village(ports, 1)
    with ports.db.work() as tx:
        topic = actions.raise_spoken_topic(tx, village.id, village.people[0], "RE1", 12, at=ports.clock.now())
        tx.commit()
    assert topic.recording_id is not None
    return topic.recording_id


def state(ports: Ports, recording_id: int) -> RecordingState:
    with ports.db.read() as conn:
        found = views.recording(conn, recording_id)
    assert found
    return found.state


def test_recording_is_kept_encrypted_and_deleted_at_the_carrier(
    ports: Ports, recording_id: int, tmp_path: Path
) -> None:
    carrier, folder = FlakyCarrier(), tmp_path / "recordings"
    with pytest.raises(NotFound):
        read_recording(recording_id, folder=folder, secret=ports.secret)
    store_recording(ports, recording_id, carrier=carrier, folder=folder)
    (file,) = folder.iterdir()
    assert b"canary" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_recording(recording_id, folder=folder, secret=ports.secret) == SOUND
    assert carrier.recordings == {}
    assert state(ports, recording_id) is RecordingState.KEPT


def test_recording_fetched_twice_is_fetched_once(ports: Ports, recording_id: int, tmp_path: Path) -> None:
    carrier = FlakyCarrier()
    for _ in range(2):
        store_recording(ports, recording_id, carrier=carrier, folder=tmp_path)
    assert carrier.asked == ["fetch", "delete"]


@pytest.mark.parametrize(
    ("fails_at", "halfway", "asked"),
    [
        ("fetch", RecordingState.AT_CARRIER, ["fetch", "fetch", "delete"]),
        ("delete", RecordingState.FETCHED, ["fetch", "delete", "delete"]),
    ],
)
def test_recording_goes_on_where_the_carrier_failed(
    ports: Ports, recording_id: int, tmp_path: Path, fails_at: str, halfway: RecordingState, asked: list[str]
) -> None:
    carrier = FlakyCarrier(fails_at)
    with pytest.raises(Unreachable):
        store_recording(ports, recording_id, carrier=carrier, folder=tmp_path)
    assert state(ports, recording_id) is halfway
    with ports.db.read() as conn:
        assert views.unfinished_recordings(conn) == [recording_id]
    store_recording(ports, recording_id, carrier=carrier, folder=tmp_path)
    assert (carrier.asked, state(ports, recording_id)) == (asked, RecordingState.KEPT)
    assert read_recording(recording_id, folder=tmp_path, secret=ports.secret) == SOUND


def test_recording_survives_a_crash_before_it_was_noted(ports: Ports, recording_id: int, tmp_path: Path) -> None:
    """The disk is full once the sound was fetched: no half file counts as the recording."""
    carrier = FlakyCarrier()
    blocked = tmp_path / "recordings"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(OSError):
        store_recording(ports, recording_id, carrier=carrier, folder=blocked)
    assert state(ports, recording_id) is RecordingState.AT_CARRIER
    assert carrier.recordings == {"RE1": SOUND}
    blocked.unlink()
    store_recording(ports, recording_id, carrier=carrier, folder=blocked)
    assert read_recording(recording_id, folder=blocked, secret=ports.secret) == SOUND


def test_two_workers_at_the_same_recording_keep_it_whole(ports: Ports, recording_id: int, tmp_path: Path) -> None:
    carrier = FlakyCarrier()

    def store(_: int) -> None:
        try:
            store_recording(ports, recording_id, carrier=carrier, folder=tmp_path / "recordings")
        except CarrierError:
            # The other one was faster and the carrier has nothing left; the job is tried again and finds it done.
            store_recording(ports, recording_id, carrier=carrier, folder=tmp_path / "recordings")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store, range(4)))
    assert read_recording(recording_id, folder=tmp_path / "recordings", secret=ports.secret) == SOUND
    assert [file.suffix for file in (tmp_path / "recordings").iterdir()] == [".sealed"]


def test_recording_that_is_none_is_left_alone(ports: Ports, tmp_path: Path) -> None:
    carrier = FlakyCarrier()
    store_recording(ports, 999, carrier=carrier, folder=tmp_path)
    assert carrier.asked == []


@pytest.mark.parametrize(("samples", "reason"), [(hush(4), "silent"), (tone(0.4), "short")])
def test_recording_on_which_nobody_speaks_reaches_no_moderator(
    ports: Ports, recording_id: int, tmp_path: Path, wording: Wording, samples: array[int], reason: str
) -> None:
    carrier = FlakyCarrier()
    carrier.recordings = dict.fromkeys(carrier.recordings, wav(samples))
    for _ in range(2):
        store_recording(ports, recording_id, carrier=carrier, folder=tmp_path, wording=wording)
    with ports.db.read() as conn:
        found = views.recording(conn, recording_id)
        assert found
        topic = views.topic_by_id(conn, found.topic_id)
    assert topic
    assert topic.stage is Stage.DECLINED
    assert topic.reason == wording.say(f"topic_news.{reason}", "zh")
    assert carrier.recordings == {}


def test_recording_is_kept_without_silence_and_as_loud_as_the_others(
    ports: Ports, recording_id: int, tmp_path: Path, wording: Wording
) -> None:
    carrier = FlakyCarrier()
    carrier.recordings = dict.fromkeys(carrier.recordings, wav(hush(3) + tone(4, height=900) + hush(5)))
    store_recording(ports, recording_id, carrier=carrier, folder=tmp_path, wording=wording)
    kept = read_sound(read_recording(recording_id, folder=tmp_path, secret=ports.secret))
    assert 4 < kept.seconds < 5
    assert max(kept.samples) > 3000
    with ports.db.read() as conn:
        found = views.recording(conn, recording_id)
        assert found
        topic = views.topic_by_id(conn, found.topic_id)
    assert topic
    assert topic.stage is Stage.RAISED
