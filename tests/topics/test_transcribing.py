"""What a machine hears in a recording is a hint for staff, and nothing else. The engine here is a made-up one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.kernel.ports import Ports
from gateway.topics import actions, views
from gateway.topics.recordings import store_recording
from gateway.topics.transcribing import (
    Transcriber,
    TranscriberUnusableError,
    load_transcriber,
    read_transcript,
    transcribe_recording,
)
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier
from tests.kernel.sounds import tone, wav
from tests.polls.village import a_village

HEARD = "村口的路灯坏了"
asked: list[str] = []


def made_up_engine(sound: bytes, language: str) -> str:
    """No engine: it says what it was told to say, and in which language it was asked."""
    assert sound.startswith(b"RIFF")
    asked.append(language)
    return f"  {HEARD}\n"


def broken_engine(sound: bytes, language: str) -> str:
    """An engine without its model."""
    raise RuntimeError(language)


@pytest.fixture
def recording_id(ports: Ports, carrier: ScriptedCarrier, tmp_path: Path) -> int:
    """A spoken topic whose recording has come home."""
    asked.clear()
    village = a_village(ports, 1)
    carrier.recordings = {"RE1": wav(tone(3))}
    with ports.db.work() as tx:
        topic = actions.raise_spoken_topic(tx, village.id, village.people[0], "RE1", 12, at=ports.clock.now())
        tx.commit()
    assert topic.recording_id is not None
    store_recording(ports, topic.recording_id, carrier=carrier, folder=tmp_path)
    return topic.recording_id


def engine(name: str) -> Transcriber:
    found = load_transcriber(f"{__name__}:{name}")
    assert found is not None
    return found


def test_machine_is_asked_once_and_its_words_are_sealed(ports: Ports, recording_id: int, tmp_path: Path) -> None:
    for expected in (True, False):
        done = transcribe_recording(ports, recording_id, engine=engine("made_up_engine"), folder=tmp_path)
        assert done is expected
    assert asked == ["zh"]
    assert read_transcript(recording_id, folder=tmp_path, secret=ports.secret) == HEARD
    assert not [one for one in tmp_path.iterdir() if HEARD.encode() in one.read_bytes()]


def test_machines_words_are_nobodys_words(ports: Ports, recording_id: int, tmp_path: Path, wording: Wording) -> None:
    """Not the topic's text, not its title, nothing that the public or another topic sees."""
    transcribe_recording(ports, recording_id, engine=engine("made_up_engine"), folder=tmp_path)
    with ports.db.work() as tx:
        recording = views.recording(tx.connection, recording_id)
        assert recording and recording.topic_id
        topic = views.topic_by_id(tx.connection, recording.topic_id)
        assert topic
        topic = actions.screen(tx, topic.number, True, "", at=ports.clock.now(), wording=wording)
        assert (topic.text, topic.title, topic.shown, topic.category) == ("", "", "", "")
        assert views.hints(tx.connection, topic) == []


def test_engine_that_fails_leaves_the_topic_as_it_is(
    ports: Ports, recording_id: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert not transcribe_recording(ports, recording_id, engine=engine("broken_engine"), folder=tmp_path)
    assert read_transcript(recording_id, folder=tmp_path, secret=ports.secret) == ""
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["no transcript"]
    # Another engine may hear it later.
    assert transcribe_recording(ports, recording_id, engine=engine("made_up_engine"), folder=tmp_path)


def test_nothing_is_heard_in_what_is_not_here(ports: Ports, recording_id: int, tmp_path: Path) -> None:
    assert not transcribe_recording(ports, recording_id + 1, engine=engine("made_up_engine"), folder=tmp_path)
    assert read_transcript(recording_id + 1, folder=tmp_path, secret=ports.secret) == ""


def test_program_gets_the_sound_and_the_language(tmp_path: Path) -> None:
    script = tmp_path / "engine.py"
    script.write_text(
        "import sys\nsound = sys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write(f'{sys.argv[1]} {sys.argv[2]} {len(sound)}'.encode())\n"
    )
    named = load_transcriber(f"command: {sys.executable} {script} --fast")
    assert named is not None
    assert named(b"RIFF", "yue") == "--fast yue 4"


@pytest.mark.parametrize(
    "named",
    [
        "no.such.module:engine",
        "gateway.topics:nothing",
        "gateway.topics.model:LONGEST_TEXT",
        "gateway.topics",
        "command:",
    ],
)
def test_engine_that_cannot_be_used_is_refused_by_name(named: str) -> None:
    with pytest.raises(TranscriberUnusableError):
        load_transcriber(named)


def test_without_a_name_there_is_no_engine() -> None:
    assert load_transcriber("") is None
