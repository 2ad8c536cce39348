"""What a machine hears in a recording: a hint for staff, off unless an operator names an engine (`TRANSCRIBER`).

The transcript lies sealed beside the recording. It is shown to staff as what it is, unchecked, and goes nowhere else:
not into the topic, not to the public, not into likeness or digests. Only a person writes words over a topic.
"""

from __future__ import annotations

import importlib
import logging
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from nacl.exceptions import CryptoError

from gateway.kernel.errors import NotFound
from gateway.kernel.ports import Ports
from gateway.kernel.secret import Secret
from gateway.roll import views as roll
from gateway.topics import recording_store, store
from gateway.topics.model import LONGEST_TEXT, RecordingState
from gateway.topics.recordings import box, read_recording, write_whole

logger = logging.getLogger(__name__)

# Less than a job may run.
COMMAND_SECONDS = 100


class TranscriberUnusableError(Exception):
    """The engine that was named cannot be used; says why."""


class Transcriber(Protocol):
    """A speech engine."""

    def __call__(self, sound: bytes, language: str) -> str:
        """The words in `sound` (WAV, 8 kHz, one channel, 16 bits), spoken in `language` ("zh", "yue", "en"); "" for
        none. Whatever it raises means that there is no transcript."""


def load_transcriber(named: str) -> Transcriber | None:
    """The engine that a setting names: "package.module:object", or "command: words of a command line"; None for "".

    An object is called with (sound, language). A command gets the WAV on its standard input and the language as its
    last argument, and writes the words. TranscriberUnusableError when there is no such thing.
    """
    if not named:
        return None
    if named.startswith("command:"):
        return _Command(shlex.split(named.removeprefix("command:")))
    module, separator, path = named.partition(":")
    try:
        found: object = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TranscriberUnusableError(f"{named}: {type(error).__name__}") from None
    if not separator or not callable(found):
        raise TranscriberUnusableError(f"{named}: not something that can be called")
    return cast(Transcriber, found)


class _Command:
    """A program of the operator's as an engine."""

    def __init__(self, words: Sequence[str]) -> None:
        if not words:
            raise TranscriberUnusableError("command: nothing to run")
        self._words = list(words)

    def __call__(self, sound: bytes, language: str) -> str:
        done = subprocess.run(  # the operator's own command, from the settings
            [*self._words, language], input=sound, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS, check=True,
        )  # fmt: skip
        return done.stdout.decode("utf-8", "replace")


def transcribe_recording(ports: Ports, recording_id: int, *, engine: Transcriber, folder: Path) -> bool:
    """Write down what the engine hears in a recording that is kept; False when there is nothing to do or to hear.

    Runs once for each recording, however often it is called for. An engine that fails is logged by name of its error.
    """
    with ports.db.read() as conn:
        recording = recording_store.find_recording(conn, recording_id)
        topic = store.find_topic(conn, recording.topic_id) if recording and recording.topic_id else None
        language = roll.resident(conn, topic.author_id).language if topic else ""
    if topic is None or recording is None or recording.state is RecordingState.AT_CARRIER:
        return False
    path = _path(folder, recording_id)
    if path.exists():
        return False
    try:
        words = engine(read_recording(recording_id, folder=folder, secret=ports.secret), language)
    except Exception as error:  # noqa: BLE001  # whatever an operator's engine raises: the topic goes on without
        logger.warning("no transcript", extra={"recording": recording_id, "error": type(error).__name__})
        return False
    write_whole(path, box(ports.secret).encrypt(" ".join(words.split())[:LONGEST_TEXT].encode()))
    return bool(words.strip())


def read_transcript(recording_id: int, *, folder: Path, secret: Secret) -> str:
    """What a machine has heard in a recording; "" when none has listened, or it heard nothing."""
    try:
        return bytes(box(secret).decrypt(_path(folder, recording_id).read_bytes())).decode()
    except (FileNotFoundError, CryptoError, NotFound):
        return ""


def _path(folder: Path, recording_id: int) -> Path:
    return folder / f"{recording_id}.words.sealed"
