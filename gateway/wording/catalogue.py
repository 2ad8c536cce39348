"""The catalogues: one folder per language beside this module (`zh/`, `en/`), read once and asked by key.

A key is dotted and begins with its file's name: `text.topic.received` is `topic: received:` in `text.yaml`. A sentence
may hold `{placeholders}`. All languages hold the same keys with the same placeholders, and whatever goes out as a text
keeps to the segments that `budgets.yaml` allows it (guard tests see to both). A language of `SPOKEN` has sentences of
its own only for what is heard; what is read is taken from the language that its speakers read.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.kernel.yamls import read_yaml
from gateway.wording.numbers import SAID, in_words
from gateway.wording.pieces import is_heard

# Languages that are spoken in one way and written in another: Cantonese is written as Chinese is.
SPOKEN: Mapping[str, str] = {"yue": "zh"}


@dataclass(frozen=True)
class Wording:
    """All sentences of all languages; `borrowed`: of which a language has none of its own, and says another's."""

    sentences: Mapping[str, Mapping[str, str]]
    borrowed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, sorted."""
        return tuple(sorted(self.sentences))

    @property
    def written(self) -> tuple[str, ...]:
        """The languages in which pages and staff's sentences are written, sorted."""
        return tuple(language for language in self.languages if language not in SPOKEN)

    def language_for(self, language: str) -> str:
        """`language` when there is a catalogue for it, else the default."""
        return language if language in self.sentences else DEFAULT_LANGUAGE

    def say(self, key: str, language: str, /, **values: str | int) -> str:
        """The sentence `key` in `language` (or the default language) with its placeholders filled.

        Raises KeyError for an unknown key or a missing placeholder: both are bugs that the guard tests catch.
        """
        return self.fill(key, self.language_for(language), values)

    def fill(self, key: str, language: str, values: Mapping[str, Any]) -> str:
        """The same in a language that there is, with more values than it needs. KeyError as in `say`."""
        sentence = self.sentences[language][key]
        if language in SAID and is_heard(key):
            values = in_words(values, language)
        return sentence.format_map(values) if "{" in sentence or "}" in sentence else sentence

    def has(self, key: str) -> bool:
        """Whether every language has the sentence `key`."""
        return all(key in catalogue for catalogue in self.sentences.values())


@cache
def load_wording() -> Wording:
    """All catalogues that lie beside this module, read once in a process."""
    root = files("gateway.wording")
    folders = sorted((f for f in root.iterdir() if f.is_dir() and not f.name.startswith("_")), key=lambda f: f.name)
    read = {folder.name: _read_folder(folder) for folder in folders}
    lent = {name: read.get(SPOKEN.get(name, ""), {}) for name in read}
    return Wording(
        {name: {**lent[name], **own} for name, own in read.items()},
        {name: frozenset(lent[name].keys() - own.keys()) for name, own in read.items() if lent[name]},
    )


def own_sentences(language: str) -> dict[str, str]:
    """The sentences that the folder of `language` itself holds."""
    return _read_folder(files("gateway.wording").joinpath(language))


def _read_folder(folder: Traversable) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for file in folder.iterdir():
        if file.name.endswith(".yaml"):
            tree = read_yaml(file.read_text(encoding="utf-8")) or {}
            sentences |= _flatten(tree, f"{file.name.removesuffix('.yaml')}.")
    return sentences


def placeholders(sentence: str) -> set[str]:
    """The names of the placeholders in `sentence`."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def _flatten(tree: Mapping[str, Any], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(value).strip()
    return flat
