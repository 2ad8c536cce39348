"""The catalogues: every sentence in every language, with the same values to fill in."""

from __future__ import annotations

import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.wording.catalogue import Wording, placeholders

SENTENCES = Wording({"zh": {"a.b": "你好{name}"}, "en": {"a.b": "Hello {name}"}})


def test_languages_hold_the_same_sentences(wording: Wording) -> None:
    keys = {language: set(sentences) for language, sentences in wording.sentences.items()}
    everywhere = set[str]().union(*keys.values())
    assert not {language: sorted(everywhere - held) for language, held in keys.items() if everywhere - held}


def test_sentences_have_the_same_placeholders_in_every_language(wording: Wording) -> None:
    original = wording.sentences[DEFAULT_LANGUAGE]
    differing = [
        f"{language} {key}"
        for language, sentences in wording.sentences.items()
        for key, sentence in sentences.items()
        if key in original and placeholders(sentence) != placeholders(original[key])
    ]
    assert not differing


def test_placeholders_are_plain_names(wording: Wording) -> None:
    for language, sentences in wording.sentences.items():
        for key, sentence in sentences.items():
            for _, name, form, conversion in string.Formatter().parse(sentence):
                assert name is None or (name.isidentifier() and not form and not conversion), f"{language} {key}"


def test_no_sentence_is_empty(wording: Wording) -> None:
    empty = [f"{lang} {key}" for lang, held in wording.sentences.items() for key, said in held.items() if not said]
    assert not empty


def test_no_key_stands_twice_in_a_file() -> None:
    """YAML takes the last one in silence, and a sentence would be lost."""
    for file in sorted(Path(str(files("gateway.wording"))).glob("*/*.yaml")):
        assert not list(_twice(yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))), file.name


def _twice(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        names = [str(key.value) for key, _ in node.value]
        yield from (name for name in names if names.count(name) > 1)
        for _, value in node.value:
            yield from _twice(value)


def test_say_fills_in_and_falls_back_to_the_default_language() -> None:
    assert SENTENCES.say("a.b", "en", name="Wang") == "Hello Wang"
    assert SENTENCES.say("a.b", "yue", name="王") == "你好王"
    assert SENTENCES.languages == ("en", "zh")


def test_say_never_guesses() -> None:
    with pytest.raises(KeyError):
        SENTENCES.say("a.c", "en")
    with pytest.raises(KeyError):
        SENTENCES.say("a.b", "en")
    assert SENTENCES.has("a.b")
    assert not SENTENCES.has("a.c")


def test_values_are_not_read_as_placeholders() -> None:
    assert SENTENCES.say("a.b", "en", name="{x}") == "Hello {x}"
