"""What texts mean: a corpus of texts with their meaning, and 12,221 private messages that are none of our business."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.conversation.understanding.lexicon import load_lexicon, make_lexicon
from gateway.conversation.understanding.model import Context, Intent, PollContext
from gateway.conversation.understanding.normalise import normalise, written_in
from gateway.conversation.understanding.numbers import read_number
from gateway.conversation.understanding.parse import answers_yes_or_no, is_acknowledgement, understand
from gateway.conversation.understanding.slips import is_slip_of

OPTIONS = ("修路 road", "水井 well", "路灯 lights")
YESNO = PollContext(3, "yesno")
SINGLE = PollContext(9, "single", OPTIONS)
APPROVAL = PollContext(6, "approval", OPTIONS, max=2)
RANKED = PollContext(8, "ranked", OPTIONS)
# The village of many polls: a yes/no, a choice of one, an approval of two, a ranking.
VILLAGE = (
    YESNO,
    PollContext(2, "single", ("修路 road", "水井 well")),
    PollContext(8, "approval", ("修路", "路灯", "桥梁", "学校"), max=2),
    PollContext(7, "ranked", ("修路", "水井", "路灯")),
)
CONTEXTS = {
    "village": Context(VILLAGE),
    **{f"village_asked_{poll.number}": Context(VILLAGE, asked=poll.number) for poll in VILLAGE},
    "score_asked": Context((PollContext(4, "score", ("修路", "水井", "路灯"), scale=5),), asked=4),
    "budget_asked": Context((PollContext(5, "budget", ("修路", "水井", "路灯"), max=3),), asked=5),
    "none": Context(),
    "yesno": Context((YESNO,)),
    "yesno_asked": Context((YESNO,), asked=3),
    "single": Context((SINGLE,)),
    "single_asked": Context((SINGLE,), asked=9),
    "approval": Context((APPROVAL,)),
    "approval_asked": Context((APPROVAL,), asked=6),
    "ranked": Context((RANKED,)),
    "ranked_asked": Context((RANKED,), asked=8),
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
    "near": None, "acknowledges": False,
}  # fmt: skip

Message = tuple[str, str]

SOAK = "SOAK" in os.environ
# `make soak` looks longer.
EXAMPLES = 5000 if SOAK else 250
LONG = pytest.mark.skipif(not SOAK, reason="takes long: make soak")


@pytest.mark.parametrize("context", CONTEXTS)
def test_text_means_what_the_corpus_says(context: str) -> None:
    rows = [row for row in CORPUS if row["context"] == context]
    wrong = [(row["text"], expected, found) for row in rows if (expected := _expected(row)) != (found := _found(row))]
    assert not wrong


def _expected(row: dict[str, Any]) -> dict[str, Any]:
    return DEFAULTS | {name: value for name, value in row.items() if name not in ("text", "context")}


def _found(row: dict[str, Any]) -> dict[str, Any]:
    meaning = understand(row["text"], CONTEXTS[row["context"]])
    found = {
        "intent": meaning.intent.value,
        "votes": [[vote.poll, vote.choice] for vote in meaning.votes],
        "doubt": meaning.doubt.value,
        "near": meaning.near.value if meaning.near else None,
        "acknowledges": is_acknowledgement(row["text"]),
        **{name: getattr(meaning, name) for name in ("number", "topic_text", "words", "language", "code")},
    }
    if meaning.intent is Intent.UNKNOWN:
        # All of the text, which the row holds already.
        found["words"] = ""
    return found


def test_corpus_is_large_and_half_chinese(figure: Callable[[str], None]) -> None:
    chinese = sum(any("\u3400" <= letter <= "\u9fff" for letter in row["text"]) for row in CORPUS)
    votes = sum(bool(row.get("votes")) for row in CORPUS)
    figure(
        f"corpus: {len(CORPUS)} texts, {chinese} of them Chinese, {votes} clear votes, all understood as written down"
    )
    assert len(CORPUS) >= 600
    assert chinese >= len(CORPUS) / 2
    assert {row["context"] for row in CORPUS} == set(CONTEXTS)
    assert len({(row["text"], row["context"]) for row in CORPUS}) == len(CORPUS)


@pytest.fixture
def private_messages(shared_data: Path) -> list[Message]:
    """(bucket, text) of real messages that people wrote to each other."""
    lines: list[Message] = []
    for name in ("sms_nus/en.jsonl", "sms_nus/zh.jsonl", "sms_uci/messages.jsonl"):
        for line in (shared_data / name).read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            lines.append((entry.get("bucket", "uci"), entry["text"]))
    return lines


@pytest.mark.parametrize(
    ("context", "most"),
    [
        ("none", 0),
        # Open but not just asked: a number, "yes" or "no" alone is asked back.
        ("yesno", 0),
        ("yesno_asked", 18),
        # Several polls, or one that has closed: nobody can tell which is meant.
        pytest.param("two", 0, marks=LONG),
        pytest.param("closed_asked", 0, marks=LONG),
        pytest.param("single", 0, marks=LONG),
        pytest.param("single_asked", 1, marks=LONG),
        pytest.param("village", 0, marks=LONG),
        pytest.param("village_asked_8", 1, marks=LONG),
        pytest.param("village_asked_7", 1, marks=LONG),
        pytest.param("score_asked", 0, marks=LONG),
    ],
)
def test_private_messages_are_no_votes_unless_they_answer(
    private_messages: list[Message], context: str, most: int, figure: Callable[[str], None]
) -> None:
    found = [(bucket, text, understand(text, CONTEXTS[context])) for bucket, text in private_messages]
    voting = [(bucket, text) for bucket, text, meaning in found if meaning.votes]
    intents = dict(Counter(meaning.intent.value for _, _, meaning in found).most_common())
    listed = f": {', '.join(repr(text) for _, text in voting)}" if voting else ""
    figure(f"{len(found)} private messages, polls: {context}: {len(voting)} votes{listed}; intents {intents}")
    assert len(voting) <= most
    assert {bucket for bucket, _ in voting} <= {"bare"}
    assert not {Intent.TOPIC, Intent.STOP, Intent.START} & {meaning.intent for _, _, meaning in found}


TEXTS = st.one_of(
    st.text(),
    st.text(
        alphabet=st.sampled_from("投3 1选号赞成反对弃权议题附议查问#?？１①一二十VOTEvote,，。\n\u200b\u0301İßﬁ“”【】>")
    ),
    st.sampled_from([row["text"] for row in CORPUS]).flatmap(lambda text: st.text().map(lambda more: text + more)),
)


@given(TEXTS, st.sampled_from(sorted(CONTEXTS)))
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_understanding_never_fails_and_votes_only_for_what_is_there(text: str, context: str) -> None:
    polls = {poll.number: poll for poll in CONTEXTS[context].polls}
    meaning = understand(text, CONTEXTS[context])
    assert meaning.intent is Intent.VOTE or not meaning.votes
    assert len({vote.poll for vote in meaning.votes}) == len(meaning.votes)
    for vote in meaning.votes:
        numbers = {str(number) for number in range(1, len(polls[vote.poll].options) + 1)}
        assert vote.choice in ("yes", "no", "abstain") or set(vote.choice.replace(">", ",").split(",")) <= numbers


@given(TEXTS)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(
    st.sampled_from([row for row in CORPUS if not row.get("votes")]), st.sampled_from(["“{}”", "> {}", "【石桥村】{}"])
)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_quoting_what_is_no_vote_makes_none(row: dict[str, Any], quotation: str) -> None:
    quoted = quotation.format(row["text"].replace("\n", " "))
    meaning = understand(quoted, CONTEXTS[row["context"]])
    assert not meaning.votes


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("10", 10), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("两", 2), ("二〇", 20), ("贰", 2),
     ("拾", 10), ("百", None), ("二十三十", None), ("十十", None), ("", None), ("-1", None), ("1" * 13, None),
     ("一" * 13, None), ("1.5", None), ("²", None)],
)  # fmt: skip
def test_numbers_are_read(text: str, number: int | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "language"), [("你好", "zh"), ("hello", "en"), ("hello 王", "zh"), ("1", ""), ("é", "")]
)
def test_language_is_seen_from_the_script(text: str, language: str) -> None:
    assert written_in(text) == language


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1", True), ("2", False), ("是", True), ("不是", False), ("YES", True), ("no.", False), ("#12345 1", True),
     ("3", None), ("投1", None), ("选1", None), ("好的", None), ("1 2", None), ("是不是", None), ("", None)],
)  # fmt: skip
def test_question_of_ours_is_answered_by_yes_or_no(text: str, answer: bool | None) -> None:
    assert answers_yes_or_no(text) is answer


@pytest.mark.parametrize(
    ("typed", "word", "slip"),
    [("statsu", "status", True), ("stats", "status", True), ("statuss", "status", True), ("statos", "status", True),
     ("status", "status", False), ("stat", "status", False), ("asl", "ask", False), ("sttaus", "status", True),
     ("tastus", "status", False), ("附意附意附", "附议附议附", False)],
)  # fmt: skip
def test_slip_is_one_letter(typed: str, word: str, slip: bool) -> None:
    assert is_slip_of(typed, word) is slip


def test_capitals_come_back_as_they_were_written() -> None:
    meaning = understand("topic: The Well of Old LI", Context())
    assert meaning.topic_text == "The Well of Old LI"
    assert understand("ask 12 Is Li HERE", Context()).words == "Is Li HERE"


def test_long_text_is_understood_in_no_time() -> None:
    for text in ("投" * 5000, "#" * 5000, "请" * 5000, "3号" * 2500, "1," * 2500, "thanks " * 700, "。" * 5000, "“" * 5000,
                 "【】" * 2500, "投3 1 " * 1000):  # fmt: skip
        assert understand(text, CONTEXTS["two"]).votes == ()


def test_lexicon_refuses_a_word_with_two_meanings() -> None:
    with pytest.raises(ValueError, match="two meanings"):
        make_lexicon({"xx": {"whole": {"stop": ["ja"], "start": ["Ja"]}}})
    with pytest.raises(ValueError, match="two meanings"):
        make_lexicon({"xx": {"yes": ["ja"]}, "yy": {"no": ["JA"]}})
    with pytest.raises(ValueError, match="polite_befor"):
        make_lexicon({"xx": {"polite_befor": ["bitte"]}})


def test_no_stop_word_is_a_choice() -> None:
    """What opts out must never be wanted for an answer."""
    lexicon = load_lexicon()
    reserved = {word for word, meaning in lexicon.whole.items() if meaning in ("stop", "start")}
    assert not reserved & ({*lexicon.choices} | {*lexicon.asked_choices} | {*lexicon.perhaps})


def test_published_stop_words_are_known(shared_data: Path) -> None:
    """Those that a carrier or a standard publishes, but for the letters R and N that stop promotions only."""
    published = json.loads((shared_data / "keywords" / "keywords.json").read_text(encoding="utf-8"))["published"]
    words = {word for source in published for word in source["stop"]} - {"R", "N"}
    assert {word for word in words if understand(word, Context()).intent is not Intent.STOP} == set()
    helps = {word for source in published for word in source["help"]}
    assert {word for word in helps if understand(word, Context()).intent is not Intent.HELP} == set()
