"""What texts mean: a corpus of texts with their meaning, and 12,221 private messages that are none of our business."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.conversation.understanding.lexicon import load_lexicon, make_lexicon
from gateway.conversation.understanding.model import Context, Intent, PollContext
from gateway.conversation.understanding.normalise import fold_case, guess_language, normalise, read_number
from gateway.conversation.understanding.parse import understand

YESNO = PollContext(3, "yesno")
SINGLE = PollContext(9, "single", ("修路 road", "水井 well", "路灯 lights"))
RANKED = PollContext(8, "ranked", ("修路 road", "水井 well", "路灯 lights"))
CONTEXTS = {
    "none": Context(),
    "yesno": Context((YESNO,)),
    "yesno_asked": Context((YESNO,), asked=3),
    "single": Context((SINGLE,)),
    "single_asked": Context((SINGLE,), asked=9),
    "ranked": Context((RANKED,), asked=8),
    "two": Context((YESNO, SINGLE)),
    "two_asked": Context((YESNO, SINGLE), asked=9),
    # Poll 7 was asked and has closed since.
    "closed_asked": Context((YESNO,), asked=7),
}
CORPUS = [
    json.loads(line) for line in (Path(__file__).parent / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
]
DEFAULTS: dict[str, Any] = {
    "votes": [], "number": "", "topic_text": "", "words": "", "language": "", "code": "", "doubt": "",
    "acknowledges": False,
}  # fmt: skip
STOP_WORDS = {"stop", "td", "t", "end", "quit", "cancel", "unsubscribe", "退订", "停止", "start", "恢复"}

Message = tuple[str, str]


@pytest.mark.parametrize("row", CORPUS, ids=lambda row: f"{row['context']}-{row['text'][:20]!r}")
def test_text_means_what_the_corpus_says(row: dict[str, Any]) -> None:
    meaning = understand(row["text"], CONTEXTS[row["context"]])
    found = {
        "intent": meaning.intent.value,
        "votes": [[vote.poll, vote.choice] for vote in meaning.votes],
        "doubt": meaning.doubt.value,
        **{name: getattr(meaning, name) for name in DEFAULTS if name not in ("votes", "doubt")},
    }
    assert found == DEFAULTS | {name: value for name, value in row.items() if name not in ("text", "context")}


def test_corpus_is_large_and_half_chinese() -> None:
    chinese = sum(any("\u3400" <= letter <= "\u9fff" for letter in row["text"]) for row in CORPUS)
    assert len(CORPUS) >= 200
    assert chinese >= len(CORPUS) / 2


@pytest.fixture(scope="module")
def private_messages() -> list[Message]:
    """(bucket, text) of real messages that people wrote to each other."""
    from tests.conftest import SHARED_DATA

    if not SHARED_DATA.is_dir():
        pytest.skip("real data not here: ../shared/data is absent")
    lines: list[Message] = []
    for name in ("sms_nus/en.jsonl", "sms_nus/zh.jsonl", "sms_uci/messages.jsonl"):
        for line in (SHARED_DATA / name).read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            lines.append((entry.get("bucket", "uci"), entry["text"]))
    return lines


@pytest.mark.parametrize("context", ["none", "yesno", "yesno_asked"])
def test_private_messages_are_no_votes(
    private_messages: list[Message], context: str, figure: Callable[[str], None]
) -> None:
    found = [(bucket, text, understand(text, CONTEXTS[context])) for bucket, text in private_messages]
    intents = Counter(meaning.intent.value for _, _, meaning in found)
    voting = Counter(bucket for bucket, _, meaning in found if meaning.votes)
    figure(f"private messages, {context}: {len(found)} texts, {dict(intents)}, votes by bucket {dict(voting)}")
    assert set(voting) <= ({"bare"} if context == "yesno_asked" else set())
    assert intents[Intent.TOPIC] == 0
    reserved = [text for _, text, meaning in found if meaning.intent in (Intent.STOP, Intent.START)]
    assert all(fold_case(text).strip(" .!。!") in STOP_WORDS for text in reserved), reserved


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from("投3 1选号赞成反对弃权议题附议查问#?？１①一二十VOTEvote,，。\n\u200b\u0301İßﬁ")),
    st.sampled_from([row["text"] for row in CORPUS]).flatmap(lambda text: st.text().map(lambda more: text + more)),
)


@given(TEXTS, st.sampled_from(sorted(CONTEXTS)))
@settings(max_examples=1500, deadline=None)
def test_understanding_never_fails(text: str, context: str) -> None:
    known = {poll.number for poll in CONTEXTS[context].polls}
    meaning = understand(text, CONTEXTS[context])
    assert {vote.poll for vote in meaning.votes} <= known
    assert meaning.intent is Intent.VOTE or not meaning.votes


@given(TEXTS)
@settings(max_examples=1500, deadline=None)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert len(fold_case(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("０" , None), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("两", 2), ("二〇", 20), ("贰", 2),
     ("拾", 10), ("百", None), ("二十三十", None), ("", None), ("-1", None), ("1" * 13, None), ("1.5", None)],
)  # fmt: skip
def test_numbers_are_read(text: str, number: int | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [("你好", ("zh", "en"), "zh"), ("hello", ("zh", "en"), "en"), ("1", ("zh", "en"), "zh"), ("1", ("en",), "en"),
     ("hello", ("zh",), "zh"), ("你好", ("en",), "en")],
)  # fmt: skip
def test_language_is_guessed_among_those_spoken(text: str, spoken: tuple[str, ...], language: str) -> None:
    assert guess_language(text, spoken) == language


def test_long_text_is_understood_in_no_time() -> None:
    for text in ("投" * 5000, "#" * 5000, "请" * 5000, "3号" * 2500, "1," * 2500, "thanks " * 700, "。" * 5000):
        assert understand(text, CONTEXTS["two"]).votes == ()


def test_lexicon_refuses_a_word_with_two_meanings() -> None:
    words = {name: [] for name in (
        "yes", "no", "abstain", "perhaps_when_asked", "poll_marks", "number_marks", "option_marks", "option_units",
        "polite_before", "polite_after", "particles", "names",
    )}  # fmt: skip
    with pytest.raises(ValueError):
        make_lexicon({"xx": words | {"whole": {"stop": ["ja"], "start": ["Ja"]}, "leading": {}}})
    with pytest.raises(ValueError):
        make_lexicon({"xx": words | {"yes": ["ja"], "no": ["JA"], "whole": {}, "leading": {}}})


def test_no_stop_word_is_a_choice() -> None:
    """What opts out must never be wanted for an answer."""
    lexicon = load_lexicon()
    reserved = {word for word, meaning in lexicon.whole.items() if meaning in ("stop", "start")}
    assert not reserved & ({*lexicon.choices} | {*lexicon.asked_choices} | {*lexicon.perhaps})
