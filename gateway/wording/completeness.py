"""What a language in use lacks before people are called in it: a catalogue, sentences of its own, recordings.

A poll asks before it opens (`blocking`); `xiangyin prompts check --in-use` tells a clerk everything. Where a recording
is missing the carrier's voice speaks, and where Cantonese lacks a sentence the Chinese one is spoken: that is told, and
keeps nothing back. Where a language has no catalogue its people would hear another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.wording.catalogue import Wording
from gateway.wording.pieces import is_heard
from gateway.wording.recordings import folder_for, takes


class Lack(StrEnum):
    """What is missing. CATALOGUE and SENTENCE keep a poll from opening."""

    CATALOGUE = "catalogue"
    SENTENCE = "sentence"
    BORROWED = "borrowed"
    RECORDING = "recording"


class Gap(NamedTuple):
    """Something that a language lacks; `names` are those of sentences or pieces, () for the whole catalogue."""

    language: str
    lack: Lack
    names: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether somebody would hear another language, or nothing."""
        return self.lack in (Lack.CATALOGUE, Lack.SENTENCE)


def gaps(wording: Wording, languages: Iterable[str], *, prompts: Path | None = None, community: str = "") -> list[Gap]:
    """What each of `languages` lacks, in their order.

    With `prompts`, the folder of recordings, also what is not recorded: of a language, or a community's own dialect,
    of which nothing is recorded nothing is missing.
    """
    found: list[Gap] = []
    for language in languages:
        if language not in wording.languages:
            found.append(Gap(language, Lack.CATALOGUE))
            continue
        found += _sentences(wording, language)
        if prompts is not None:
            found += _recordings(wording, language, prompts, community)
    return found


def blocking(wording: Wording, languages: Iterable[str]) -> list[Gap]:
    """What must be there before anybody is asked to vote in one of `languages`; [] when all is well."""
    return [gap for gap in gaps(wording, languages) if gap.blocks]


def _sentences(wording: Wording, language: str) -> list[Gap]:
    own, borrowed = wording.sentences[language], wording.borrowed.get(language, frozenset())
    absent = wording.sentences[DEFAULT_LANGUAGE].keys() - own.keys()
    missing = tuple(sorted(key for key in absent if is_heard(key)))
    lent = tuple(sorted(key for key in borrowed if is_heard(key)))
    both = ((Lack.SENTENCE, missing), (Lack.BORROWED, lent))
    return [Gap(language, lack, names) for lack, names in both if names]


def _recordings(wording: Wording, language: str, prompts: Path, community: str) -> list[Gap]:
    folder = folder_for(prompts, language, community)
    if not folder.is_dir():
        return []
    names = tuple(one.name for one in takes(folder, wording.sentences[language]) if one.state != "recorded")
    return [Gap(language, Lack.RECORDING, names)] if names else []
