"""What must hold for every text, not only for those that somebody thought of."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from gateway.conversation.understanding.lexicon import load_lexicon, make_lexicon
from gateway.conversation.understanding.model import Context, Intent, Meaning
from gateway.conversation.understanding.normalise import normalise
from gateway.conversation.understanding.parse import LONGEST_TEXT, understand
from tests.conversation.test_understanding import CONTEXTS, CORPUS

# `make soak` looks longer.
EXAMPLES = 5000 if "SOAK" in os.environ else 200
check = settings(max_examples=EXAMPLES, deadline=None, derandomize=True)

# Clear votes, each with its context and what it says.
CLEAR = [
    ("1", "yesno_asked", (3, "yes")), ("2", "yesno_asked", (3, "no")), ("三", "yesno_asked", (3, "abstain")),
    ("赞成", "yesno_asked", (3, "yes")), ("反对", "yesno", (3, "no")), ("YES", "yesno_asked", (3, "yes")),
    ("no", "yesno_asked", (3, "no")), ("投3 1", "yesno", (3, "yes")), ("VOTE 3 2", "village", (3, "no")),
    ("3号投反对", "village", (3, "no")), ("2", "single_asked", (9, "2")), ("水井", "single_asked", (9, "2")),
    ("1和3", "approval_asked", (6, "1,3")), ("投6 1和2", "approval", (6, "1,2")), ("3>1>2", "ranked_asked", (8, "3>1>2")),
    ("投8 3 1 2", "ranked", (8, "3>1>2")), ("1=5 2=0", "score_asked", (4, "1=5,2=0")), ("#12345 投3 1", "yesno", (3, "yes")),
]  # fmt: skip
# Everything but letters and numbers: signs, marks, white space, control characters, emoji.
SIGNS = st.text(st.characters(exclude_categories=("L", "N", "Cs")), max_size=12)
# Letters and numbers too, but for what turns a word into its opposite.
TALK = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="不反弃没無无别莫勿未非"), max_size=12)


@given(st.sampled_from(CLEAR), SIGNS, SIGNS)
@check
def test_signs_around_a_vote_never_make_it_another(
    clear: tuple[str, str, tuple[int, str]], before: str, after: str
) -> None:
    text, context, (poll, choice) = clear
    meaning = understand(before + text + after, CONTEXTS[context])
    assert [(vote.poll, vote.choice) for vote in meaning.votes] in ([], [(poll, choice)])
    assert meaning.votes or meaning.intent in (Intent.AMBIGUOUS, Intent.UNKNOWN, Intent.VOTE)


@given(st.sampled_from(CLEAR), TALK, TALK)
@check
def test_words_around_a_vote_never_make_it_another(
    clear: tuple[str, str, tuple[int, str]], before: str, after: str
) -> None:
    text, context, (poll, choice) = clear
    meaning = understand(f"{before} {text} {after}", CONTEXTS[context])
    assert [(vote.poll, vote.choice) for vote in meaning.votes] in ([], [(poll, choice)])


@given(st.one_of(st.text(), st.sampled_from([row["text"] for row in CORPUS])), st.sampled_from(sorted(CONTEXTS)))
@check
def test_text_means_the_same_when_it_is_normalised_first(text: str, context: str) -> None:
    assert _gist(text, context) == _gist(normalise(text), context)


def _gist(text: str, context: str) -> tuple[Any, ...]:
    meaning = understand(text, CONTEXTS[context])
    return meaning.intent, meaning.votes, meaning.number, meaning.code, meaning.doubt, normalise(meaning.topic_text)


@pytest.mark.parametrize("script", ["s2t", "s2tw", "s2hk"])
def test_traditional_characters_mean_the_same(script: str) -> None:
    converter = OpenCC(script)
    rows = [row for row in CORPUS if any(letter >= "\u3400" for letter in row["text"])]
    assert not [
        row["text"] for row in rows if _bare_gist(row["text"], row) != _bare_gist(converter.convert(row["text"]), row)
    ]


def test_full_width_letters_and_case_mean_the_same() -> None:
    for change in (_full_width, str.upper, str.lower):
        wrong = [row["text"] for row in CORPUS if _bare_gist(row["text"], row) != _bare_gist(change(row["text"]), row)]
        assert not wrong, change


def _bare_gist(text: str, row: dict[str, Any]) -> tuple[Any, ...]:
    meaning: Meaning = understand(text, CONTEXTS[row["context"]])
    return meaning.intent, meaning.votes, meaning.number, meaning.code, meaning.doubt


def _full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


RESERVED = sorted(word for word, name in load_lexicon().whole.items() if name in ("stop", "start"))
ORDINARY = st.sampled_from(
    ["施工", "供水", "bus", "the noise", "别", "我说", "路口", "at night", "before", "晚上", "who", "为什么"]
)


@given(st.sampled_from(RESERVED), ORDINARY, st.booleans(), st.sampled_from(["", " ", ", ", "\n"]))
@check
def test_reserved_word_inside_a_sentence_stops_nothing(word: str, other: str, first: bool, between: str) -> None:
    text = f"{other}{between}{word}" if first else f"{word}{between}{other}"
    assert understand(text, Context()).intent not in (Intent.STOP, Intent.START)


@given(st.sampled_from(RESERVED), SIGNS, SIGNS)
@check
def test_signs_around_a_reserved_word_leave_it_or_are_asked_back(word: str, before: str, after: str) -> None:
    expected = Intent(load_lexicon().whole[word])
    assert understand(before + word + after, CONTEXTS["yesno_asked"]).intent in (
        expected,
        Intent.AMBIGUOUS,
        Intent.UNKNOWN,
    )


@given(st.text(min_size=1, max_size=40), st.integers(LONGEST_TEXT, LONGEST_TEXT + 5000))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_what_stands_too_far_behind_takes_the_vote_with_it(tail: str, far: int) -> None:
    assert not understand("投3 1" + " " * far + tail, CONTEXTS["yesno"]).votes


def test_language_is_added_by_data_alone() -> None:
    """A language that nobody speaks here, from its words to votes, commands, corrections and stopping."""
    words = {
        "whole": {"stop": ["haltu"], "help": ["helpo"]},
        "leading": {"topic": ["temo"], "support": ["subteni"], "vote": ["voĉo"]},
        "yes": ["konsentas"], "yes_when_asked": ["jes"], "no_when_asked": ["ne"], "perhaps": ["bone"],
        "choice_marks": ["voĉo"], "corrections": ["eraro"], "polite_after": ["dankon"], "speaks_of_voting": ["voĉdoni"],
    }  # fmt: skip
    lexicon = make_lexicon({"eo": words})
    asked = {
        "jes": "yes", "NE, dankon": "no", "konsentas": "yes", "voĉo 3 jes": "yes", "eraro, voĉo 3 ne": "no", "bone": "",
        "mia edzino volas voĉdoni": "", "temo la lampo": "", "haltu": "",
    }  # fmt: skip
    for text, choice in asked.items():
        votes = understand(text, CONTEXTS["yesno_asked"], lexicon=lexicon).votes
        assert [vote.choice for vote in votes] == ([choice] if choice else []), text
    intents = {"temo la lampo": Intent.TOPIC, "haltu!": Intent.STOP, "subteni 12": Intent.SUPPORT, "helpo": Intent.HELP,
               "haltu la bruon": Intent.UNKNOWN}  # fmt: skip
    for text, intent in intents.items():
        assert understand(text, Context(), lexicon=lexicon).intent is intent
