"""The sound of spoken topics: fetched from the carrier, kept encrypted, deleted at the carrier.

A file is sealed with a key derived from the installation's secret (libsodium secret box). Every step may be repeated:
what is fetched is not fetched again, and deleting what is gone already does no harm.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from nacl.secret import SecretBox

from gateway.carriers.port import Carrier
from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.ports import Ports
from gateway.kernel.secret import Secret
from gateway.kernel.sound import for_telephone, read_sound, write_wav
from gateway.roll import views as roll
from gateway.topics import recording_store, store
from gateway.topics.actions import screen
from gateway.topics.model import RecordingState, Stage
from gateway.wording.catalogue import Wording

logger = logging.getLogger(__name__)


def store_recording(
    ports: Ports, recording_id: int, *, carrier: Carrier, folder: Path, wording: Wording | None = None
) -> None:
    """Bring a recording from the carrier to us, for good. Own transactions; safe to run twice. Raises CarrierError.

    It is kept as it will be heard: without the silence around it, as loud as the others. With `wording`, a topic on
    whose recording nobody speaks is declined at once and its author told why, so that no moderator has to listen to it.
    """
    with ports.db.read() as conn:
        recording = recording_store.find_recording(conn, recording_id)
    if recording is None or recording.state is RecordingState.KEPT:
        return
    if recording.state is RecordingState.AT_CARRIER:
        sound, problem = _for_hearing(carrier.fetch_recording(recording.carrier_recording_id))
        write_whole(_path(folder, recording_id), box(ports.secret).encrypt(sound))
        if problem and wording is not None and recording.topic_id is not None:
            _decline(ports, recording.topic_id, problem, wording)
        _note(ports, recording_id, RecordingState.FETCHED)
    carrier.delete_recording(recording.carrier_recording_id)
    _note(ports, recording_id, RecordingState.KEPT)


def read_recording(recording_id: int, *, folder: Path, secret: Secret) -> bytes:
    """The sound of a recording (WAV). NotFound("recording_not_here") before it is fetched."""
    try:
        sealed = _path(folder, recording_id).read_bytes()
    except FileNotFoundError:
        raise NotFound("recording_not_here") from None
    return bytes(box(secret).decrypt(sealed))


def _for_hearing(fetched: bytes) -> tuple[bytes, str]:
    """What came from the carrier as it is kept, and what is wrong with it ("" for nothing)."""
    try:
        sound = read_sound(fetched)
    except InputError:
        # In a form that we cannot read somebody may still hear it.
        logger.warning("recording not understood")
        return fetched, ""
    return write_wav(for_telephone(sound)), sound.problem


def _decline(ports: Ports, topic_id: int, problem: str, wording: Wording) -> None:
    with ports.db.work() as tx:
        topic = store.find_topic(tx.connection, topic_id)
        if topic is None or topic.stage is not Stage.RAISED:
            return
        language = wording.language_for(roll.resident(tx.connection, topic.author_id).language)
        reason = wording.say(f"topic_news.{problem}", language)
        screen(tx, topic.number, False, reason, at=ports.clock.now(), wording=wording)
        tx.commit()


def _note(ports: Ports, recording_id: int, state: RecordingState) -> None:
    with ports.db.work() as tx:
        recording_store.move_recording(tx, recording_id, state)
        tx.commit()


def box(secret: Secret) -> SecretBox:
    """What recordings, and what was heard in them, are sealed with."""
    return SecretBox(secret.derive("recording"))


def _path(folder: Path, recording_id: int) -> Path:
    return folder / f"{recording_id}.sealed"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file for this user alone."""
    # Whole or not at all, and durable before the carrier's copy is deleted. The draft has a name of its own, for two
    # workers may be at the same recording.
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}.", suffix=".part")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
