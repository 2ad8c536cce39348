"""Recorded prompts: a folder for each language, and one for each community whose dialect is its own.

`<DATA_DIR>/prompts/zh/call.welcome.wav` is the sentence `call.welcome` in Mandarin; `zh@shitan/` holds what
people of Shitan have spoken in their own dialect and goes before. Beside each sound lie the words that were
spoken: when the wording changes, the old sound is not played any more and the voice of the carrier steps in. Carriers
fetch a prompt by an address that nobody can guess, which names its content and nothing else: it may be kept for ever.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gateway.kernel.errors import InputError
from gateway.kernel.secret import Secret
from gateway.kernel.sound import for_telephone, read_sound, write_wav
from gateway.wording.catalogue import Wording
from gateway.wording.pieces import Pattern, is_spoken, pattern, recordable

LONGEST_SECONDS = 20
KINDS = (".wav", ".mp3", ".flac", ".ogg")
STAMP = "changed"


class Take(NamedTuple):
    """One piece and its recording: `state` is recorded, missing, stale (the words have changed) or long."""

    name: str
    words: str
    state: str
    seconds: float


class Trouble(NamedTuple):
    """A file that cannot become a prompt, and why: the code of an error."""

    file: str
    code: str


class Heard(NamedTuple):
    """What a sentence is made of: the token of a recording, or words for the voice."""

    token: str
    words: str


@dataclass
class _Voice:
    """The recordings of one folder: their tokens by name, and how to recognise the sentences that are complete."""

    tokens: dict[str, str] = field(default_factory=dict)
    exact: dict[str, str] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)


class Recordings:
    """The recorded prompts of an installation, read again when something was imported."""

    def __init__(self, folder: Path, wording: Wording, secret: Secret) -> None:
        self._folder, self._wording, self._secret = folder, wording, secret
        self._stamp = folder / STAMP
        self._read_at = -1
        self._voices: dict[str, _Voice] = {}
        self._paths: dict[str, Path] = {}

    def is_empty(self) -> bool:
        """Whether nothing at all is recorded, so that no sentence need be looked up."""
        self._refresh()
        return not self._voices

    def has_own(self) -> bool:
        """Whether any community has recordings of its own."""
        self._refresh()
        return any("@" in tag for tag in self._voices)

    def voiced(self, words: str, language: str, community: str = "") -> list[Heard] | None:
        """A sentence as recordings and what the voice fills in; None when no recording of it is complete."""
        self._refresh()
        for tag in ([f"{language}@{community}"] if community else []) + [language]:
            voice = self._voices.get(tag)
            found = _voiced(voice, words) if voice else None
            if found:
                return found
        return None

    def sound(self, token: str) -> bytes | None:
        """The WAV behind a token; None for one that is not ours, or not any more."""
        self._refresh()
        path = self._paths.get(token)
        return path.read_bytes() if path else None

    def _refresh(self) -> None:
        try:
            stamp = self._stamp.stat().st_mtime_ns
        except OSError:
            stamp = 0
        if stamp == self._read_at:
            return
        self._read_at, self._voices, self._paths = stamp, {}, {}
        for folder in sorted(one for one in self._folder.glob("*") if one.is_dir()) if stamp else []:
            self._voices[folder.name] = self._read(folder)

    def _read(self, folder: Path) -> _Voice:
        voice = _Voice()
        sentences = self._wording.sentences[self._wording.language_for(folder.name.partition("@")[0])]
        for take in takes(folder, sentences):
            if take.state == "recorded":
                path = folder / f"{take.name}.wav"
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                token = self._secret.hash("prompt", f"{folder.name}/{take.name}/{digest}")[:40]
                voice.tokens[take.name], self._paths[token] = token, path
        for key in filter(is_spoken, sentences):
            found = pattern(key, sentences[key])
            if found is None or any(name not in voice.tokens for name in found.names if name):
                continue
            if found.names == (key,):
                voice.exact[sentences[key].strip()] = voice.tokens[key]
            else:
                voice.patterns.append(found)
        return voice


def _voiced(voice: _Voice, words: str) -> list[Heard] | None:
    if words in voice.exact:
        return [Heard(voice.exact[words], words)]
    for one in voice.patterns:
        found = one.expression.fullmatch(words)
        if found:
            parts = zip(one.names, found.groups(), strict=True)
            heard = [Heard(voice.tokens[name] if name else "", part.strip()) for name, part in parts]
            return [one for one in heard if one.words]
    return None


def folder_for(folder: Path, language: str, community: str = "") -> Path:
    """Where the recordings of a language lie, or those of a community in it."""
    return folder / (f"{language}@{community}" if community else language)


def takes(folder: Path, sentences: Mapping[str, str]) -> list[Take]:
    """Every piece that can be recorded, with the state of its recording in `folder`."""
    return [_take(folder, piece.name, piece.words) for piece in recordable(sentences)]


def _take(folder: Path, name: str, words: str) -> Take:
    path = folder / f"{name}.wav"
    if not path.is_file():
        return Take(name, words, "missing", 0.0)
    seconds = read_sound(path.read_bytes()).seconds
    spoken = path.with_suffix(".txt")
    if not spoken.is_file() or spoken.read_text(encoding="utf-8") != words:
        return Take(name, words, "stale", seconds)
    return Take(name, words, "long" if seconds > LONGEST_SECONDS else "recorded", seconds)


def import_prompts(
    source: Path, folder: Path, sentences: Mapping[str, str], language: str, community: str = ""
) -> tuple[list[str], list[Trouble]]:
    """Take in all sound files of `source`, named as their prompts; (names, troubles). With a trouble nothing is taken.

    They are brought to the telephone's form: 8 kHz, as loud as one another, without the silence around them.
    """
    known = {piece.name: piece.words for piece in recordable(sentences)}
    ready, troubles = {}, []
    for file in sorted(one for one in source.iterdir() if one.suffix.lower() in KINDS):
        made = _prepare(file, known)
        if isinstance(made, Trouble):
            troubles.append(made)
        else:
            ready[file.stem] = made
    if troubles or not ready:
        return [], troubles
    target = folder_for(folder, language, community)
    target.mkdir(parents=True, exist_ok=True)
    for name, data in ready.items():
        for path, content in ((target / f"{name}.wav", data), (target / f"{name}.txt", known[name].encode())):
            draft = path.with_suffix(f"{path.suffix}.part")
            draft.write_bytes(content)
            draft.replace(path)
    stamp = folder / STAMP
    stamp.touch()
    os.utime(stamp)
    return sorted(ready), []


def _prepare(file: Path, known: Mapping[str, str]) -> bytes | Trouble:
    if file.stem not in known:
        return Trouble(file.name, "prompt_unknown")
    try:
        sound = read_sound(file.read_bytes())
    except InputError as error:
        return Trouble(file.name, error.code)
    if sound.problem == "silent":
        return Trouble(file.name, "prompt_silent")
    made = for_telephone(sound)
    return Trouble(file.name, "prompt_long") if made.seconds > LONGEST_SECONDS else write_wav(made)


def stray_files(folder: Path, sentences: Mapping[str, str]) -> Iterator[str]:
    """Recordings whose prompt there is no more."""
    known = {piece.name for piece in recordable(sentences)}
    return (path.stem for path in sorted(folder.glob("*.wav")) if path.stem not in known)


def count(found: Sequence[Take]) -> dict[str, int]:
    """How many pieces are in each state."""
    return {state: sum(one.state == state for one in found) for state in ("recorded", "missing", "stale", "long")}
