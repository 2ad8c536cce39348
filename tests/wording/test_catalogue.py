"""The catalogues: every sentence in every language, with the same values to fill in."""

from __future__ import annotations

import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.wording.catalogue import SPOKEN, Wording, own_sentences, placeholders
from gateway.wording.numbers import cardinal
from gateway.wording.pieces import is_heard

# What is nothing but filled in, or the same word in both.
SAME_WORDS = {
    *("broadcast.notice_call", "call.asked.question", "call.news.item", "call.outbound.message", "call.poll.read_back"),
    *("call.sentence", "call.poll.and", "poll_result.call.ended", "poll_result.call.join", "poll_result.call.share"),
    *("call.poll.each.option", "call.poll.place", "call.poll.given", "call.hours.evening", "call.floor.now"),
    *("call.choice.kept", "call.choice.question"),
}
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


@pytest.mark.parametrize("language", sorted(SPOKEN))
def test_spoken_language_has_its_own_words_for_all_that_is_heard(wording: Wording, language: str) -> None:
    """What is said in parts with what is read stands in files that are whole; of the others nothing is read."""
    own, read = own_sentences(language), wording.sentences[SPOKEN[language]]
    heard = {key for key in read if is_heard(key)}
    assert not heard - own.keys(), "say it in the spoken language too"
    whole = {key.split(".")[0] for key in own.keys() - heard} - {"pages"}
    assert not {key for key in read if key.split(".")[0] in whole} - own.keys(), "half a file is neither"
    assert {key for key in heard if own[key] == read[key]} <= SAME_WORDS


def test_spoken_language_is_read_in_the_written_one(wording: Wording) -> None:
    assert wording.say("text.help", "yue", village="村") == wording.say("text.help", "zh", village="村")
    assert wording.say("call.goodbye", "yue") != wording.say("call.goodbye", "zh")
    assert "yue" in wording.languages
    assert wording.written == ("en", "zh")


def test_cantonese_is_written_as_it_is_spoken_in_its_own_characters(wording: Wording) -> None:
    """Traditional characters throughout, and none of the words that only Mandarin says."""
    sentences = own_sentences("yue")
    own = "".join(sentences[key] for key in sentences if is_heard(key))
    assert not set(own) & set("这那们说话么请您没来过电听选项结议题号码错对录还应办")
    assert not [
        words for words in ("按一", "不用", "没有", "什麼", "現在", "我們", "他們", "的人", "是不是") if words in own
    ]


def test_cantonese_says_its_numbers(wording: Wording) -> None:
    assert wording.say("call.poll.chosen_several", "yue", count=2, options="") == "你揀咗兩項：。"
    assert wording.say("call.poll.rank.place", "yue", place="2") == "第二位，揀邊個？"
    hour = wording.say("call.clock.afternoon_minutes", "yue", hour=2, minute="05")
    month = wording.say("call.month.2", "yue")
    assert wording.say("call.when", "yue", month=month, day=23, time=hour) == "二月二十三號下晝兩點零五分"
    assert wording.say("call.poll.each.costing", "yue", option="路燈", cost=20000) == "路燈，要兩萬蚊"
    # What is keyed or written down stays in digits, to be read one by one.
    assert wording.say("call.topic.number_again", "yue", topic="1, 2, 5").startswith("我再讀一次：1, 2, 5。")
    assert wording.say("call.poll.item", "yue", option="路燈", number=2) == "路燈，請撳2。"


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "零"), (2, "二"), (10, "十"), (12, "十二"), (20, "二十"), (23, "二十三"), (102, "一百零二"), (110, "一百一十"),
     (1001, "一千零一"), (1010, "一千零一十"), (2000, "二千"), (20000, "兩萬"), (20500, "兩萬零五百"), (100200, "十萬零二百")],
)  # fmt: skip
def test_numbers_are_said_in_full(number: int, said: str) -> None:
    assert cardinal(number) == said
