"""The words of all languages, read from `languages/*.yaml` once and prepared for looking up.

What each key of a language file means stands in docs/understanding.md. A language may leave any of them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gateway.conversation.understanding.model import Intent
from gateway.conversation.understanding.normalise import in_one_script
from gateway.kernel.yamls import read_yaml

ACKNOWLEDGE = "acknowledge"
CHOICES = ("yes", "no", "abstain")
_KEYS = frozenset(
    {"names", "whole", "perhaps_stop", "leading", "slips", "perhaps"}
    | {"status_endings", "poll_words", "option_words", "before_number", "after_number", "in_poll", "number_marks"}
    | {"number_endings", "measures", "choice_marks", "reply_marks", "emphasis", "speaks_of_voting", "speaks_when_asked"}
    | {
        "numbers",
        "ordinals",
        "ordinal_frames",
        "corrections",
        "apologies",
        "misspelt",
        "polite_before",
        "polite_after",
        "our_words",
        "done",
        "not_done",
        "call_off",
    }
    | {choice + suffix for choice in CHOICES for suffix in ("", "_when_asked")}
)
_TABLES = ("whole", "leading", "names", "perhaps", "perhaps_stop", "misspelt")

Language = Mapping[str, Any]
Languages = Mapping[str, Language]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """`whole`: words that are a message of their own; `leading`: words that open a command, longest first.

    `choices` always mean a choice; `asked_choices` only in answer to a poll that was just put or that is named;
    `perhaps` may be meant as one and are asked back. `names`: what languages are called. `speaks`, `speaks_asked`:
    patterns for words that show that a text speaks of voting. Lists are sorted, longest first.
    """

    whole: Mapping[str, str]
    perhaps_stop: frozenset[str]
    leading: tuple[tuple[str, Intent], ...]
    openers: tuple[str, ...]
    vote_words: tuple[str, ...]
    misspelt: Mapping[str, str]
    names: Mapping[str, str]
    choices: Mapping[str, str]
    asked_choices: Mapping[str, str]
    soft_words: tuple[str, ...]
    perhaps: frozenset[str]
    poll_words: tuple[str, ...]
    option_words: tuple[str, ...]
    before_number: tuple[str, ...]
    after_number: tuple[str, ...]
    in_poll: tuple[str, ...]
    number_marks: tuple[str, ...]
    number_endings: tuple[str, ...]
    status_endings: tuple[str, ...]
    measures: tuple[str, ...]
    choice_marks: tuple[str, ...]
    reply_marks: tuple[str, ...]
    emphasis: tuple[str, ...]
    number_words: Mapping[str, str]
    corrections: tuple[str, ...]
    apologies: tuple[str, ...]
    polite_before: tuple[str, ...]
    polite_after: tuple[str, ...]
    done: tuple[str, ...]
    not_done: tuple[str, ...]
    call_off: tuple[str, ...]
    our_words: tuple[str, ...]
    speaks: re.Pattern[str]
    speaks_asked: re.Pattern[str]


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of all language files. A word that two languages use for different things is refused (ValueError)."""
    folder = files("gateway.conversation.understanding") / "languages"
    texts = {
        entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    }
    return make_lexicon({name.removesuffix(".yaml"): read_yaml(texts[name]) for name in sorted(texts)})


def make_lexicon(languages: Languages) -> Lexicon:
    """A lexicon from the parsed language files, by language code. ValueError for a key or a word that cannot be."""
    for code, language in languages.items():
        if unknown := sorted(set(language) - _KEYS):
            raise ValueError(f"language {code}: unknown key {unknown[0]!r}")
    leading = _leading(languages)
    lists = {
        name: _all(languages, name) for name in Lexicon.__dataclass_fields__ if name in _KEYS and name not in _TABLES
    }
    return Lexicon(
        **lists,
        whole=_table((form, name) for words in languages.values() for name, form in _pairs(words.get("whole", {}))),
        leading=leading,
        openers=tuple(word for word, _ in leading),
        vote_words=tuple(word for word, intent in leading if intent is Intent.VOTE),
        misspelt=_table(
            (form, name) for words in languages.values() for name, form in _pairs(words.get("misspelt", {}))
        ),
        number_words=_number_words(languages),
        names=_table((form, code) for code, words in languages.items() for form in (code, *words.get("names", ()))),
        choices=_choices(languages, ""),
        asked_choices=_choices(languages, "_when_asked") | _slips(languages),
        soft_words=tuple(_choices(languages, "_when_asked")),
        perhaps=frozenset(_all(languages, "perhaps")),
        perhaps_stop=frozenset(_all(languages, "perhaps_stop")),
        speaks=_any_of(_all(languages, "speaks_of_voting"), before_a_number=_naming(leading, lists["option_words"])),
        speaks_asked=_any_of(_all(languages, "speaks_when_asked")),
    )


def _leading(languages: Languages) -> tuple[tuple[str, Intent], ...]:
    found = {
        _form(form): Intent(name) for words in languages.values() for name, form in _pairs(words.get("leading", {}))
    }
    return tuple(sorted(found.items(), key=lambda entry: (-len(entry[0]), entry[0])))


def _number_words(languages: Languages) -> dict[str, str]:
    """ "two" and "the second one" are "2"."""
    return _table(
        (frame.format(word), str(number))
        for words in languages.values()
        for key, frames in (("numbers", ("{}",)), ("ordinals", words.get("ordinal_frames", ("{}",))))
        for number, word in enumerate(words.get(key, ()), start=1)
        for frame in frames
    )


def _choices(languages: Languages, suffix: str) -> dict[str, str]:
    return _table(
        (form, choice) for words in languages.values() for choice in CHOICES for form in words.get(choice + suffix, ())
    )


def _slips(languages: Languages) -> dict[str, str]:
    return _table((form, choice) for words in languages.values() for choice, form in _pairs(words.get("slips", {})))


def _pairs(forms_by_name: Mapping[str, Iterable[str]]) -> Iterable[tuple[str, str]]:
    return ((name, form) for name, forms in forms_by_name.items() for form in forms)


def _table(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    table: dict[str, str] = {}
    for form, meaning in entries:
        if table.setdefault(_form(form), meaning) != meaning:
            raise ValueError(f"the word {form!r} has two meanings")
    return table


def _all(languages: Languages, name: str) -> tuple[str, ...]:
    found = {_form(form) for words in languages.values() for form in words.get(name, ())}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _form(word: str) -> str:
    return in_one_script(word.lower())


def _naming(leading: Iterable[tuple[str, Intent]], option_words: Iterable[str]) -> list[str]:
    return [word for word, intent in leading if intent is Intent.VOTE and word not in option_words]


def _any_of(words: Iterable[str], before_a_number: Iterable[str] = ()) -> re.Pattern[str]:
    """Finds any of `words` in a text, those of an alphabet as whole words, or Chinese ones `before_a_number`."""
    spelt = "|".join(re.escape(word) for word in words if not _is_chinese(word))
    chinese = "|".join(re.escape(word) for word in words if _is_chinese(word))
    numbered = "|".join(re.escape(word) for word in before_a_number if _is_chinese(word))
    ways = (rf"\b(?:{spelt})\b" if spelt else "", chinese, rf"(?:{numbered})\s*\d" if numbered else "")
    return re.compile("|".join(way for way in ways if way) or r"(?!)")


def _is_chinese(word: str) -> bool:
    return word[0] >= "\u3400"
