"""The words of all languages, read from `languages/*.yaml` once and prepared for looking up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from gateway.conversation.understanding.model import Intent

ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True)
class Lexicon:
    """`whole`: words that are a message of their own; `leading`: words that open a command, longest first.

    `choices` always mean a choice; `asked_choices` only in answer to a poll that was just put to the sender;
    `perhaps` may be meant as one and are asked back. `names`: what languages are called.
    """

    whole: Mapping[str, str]
    leading: tuple[tuple[str, Intent], ...]
    names: Mapping[str, str]
    choices: Mapping[str, str]
    asked_choices: Mapping[str, str]
    perhaps: frozenset[str]
    poll_words: tuple[str, ...]
    option_words: tuple[str, ...]
    before_number: tuple[str, ...]
    after_number: tuple[str, ...]
    number_marks: tuple[str, ...]
    choice_marks: tuple[str, ...]
    polite_before: tuple[str, ...]
    polite_after: tuple[str, ...]
    our_words: tuple[str, ...]

    @property
    def vote_words(self) -> tuple[str, ...]:
        """The words that open a vote, longest first."""
        return tuple(word for word, intent in self.leading if intent is Intent.VOTE)


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of all language files. A word that two languages use for different things is refused (ValueError)."""
    folder = files("gateway.conversation.understanding") / "languages"
    texts = {
        entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    }
    return make_lexicon({name.removesuffix(".yaml"): yaml.safe_load(texts[name]) for name in sorted(texts)})


def make_lexicon(languages: Mapping[str, Mapping[str, Any]]) -> Lexicon:
    """A lexicon from the parsed language files, by language code."""
    return Lexicon(
        whole=_table((form, name) for words in languages.values() for name, form in _pairs(words["whole"])),
        leading=_leading(languages),
        names=_table((form, code) for code, words in languages.items() for form in (code, *words["names"])),
        choices=_choices(languages, ""),
        asked_choices=_choices(languages, "_when_asked"),
        perhaps=frozenset(_all(languages, "perhaps")),
        poll_words=_all(languages, "poll_words"),
        option_words=_all(languages, "option_words"),
        before_number=_all(languages, "before_number"),
        after_number=_all(languages, "after_number"),
        number_marks=_all(languages, "number_marks"),
        choice_marks=_all(languages, "choice_marks"),
        polite_before=_all(languages, "polite_before"),
        polite_after=_all(languages, "polite_after"),
        our_words=_all(languages, "our_words"),
    )


def _leading(languages: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, Intent], ...]:
    found = {form.lower(): Intent(name) for words in languages.values() for name, form in _pairs(words["leading"])}
    return tuple(sorted(found.items(), key=lambda entry: (-len(entry[0]), entry[0])))


def _choices(languages: Mapping[str, Mapping[str, Any]], suffix: str) -> dict[str, str]:
    choices = ("yes", "no", "abstain")
    return _table(
        (form, choice) for words in languages.values() for choice in choices for form in words[choice + suffix]
    )


def _pairs(forms_by_name: Mapping[str, Iterable[str]]) -> Iterable[tuple[str, str]]:
    return ((name, form) for name, forms in forms_by_name.items() for form in forms)


def _table(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    table: dict[str, str] = {}
    for form, meaning in entries:
        if table.setdefault(form.lower(), meaning) != meaning:
            raise ValueError(f"the word {form!r} has two meanings")
    return table


def _all(languages: Mapping[str, Mapping[str, Any]], name: str) -> tuple[str, ...]:
    found = {form.lower() for words in languages.values() for form in words[name]}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))
