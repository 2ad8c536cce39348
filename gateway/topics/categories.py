"""What a topic is about, guessed from the words in it; the words are data beside this file (`categories.yaml`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

OTHER = "other"


@cache
def load_categories() -> Mapping[str, tuple[str, ...]]:
    """The words of every category, in all languages."""
    text = files("gateway.topics").joinpath("categories.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[Any]]] = yaml.safe_load(text)
    return {name: tuple(str(word) for words in by.values() for word in words) for name, by in found.items()}


def category_of(text: str) -> str:
    """The category with the most and longest of its words in `text`; OTHER when there is none.

    Of equal ones the earlier in the file. A Latin word must begin a word of the text.
    """
    plain = f" {unicodedata.normalize('NFKC', text).lower()} "
    scores = {name: _score(plain, words) for name, words in load_categories().items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else OTHER


def _score(plain: str, words: tuple[str, ...]) -> int:
    return sum(len(word) ** 2 for word in words if (f" {word}" if word.isascii() else word) in plain)
