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
from gateway.conversation.understanding.normalise import normalise, read_number, written_in
from gateway.conversation.understanding.parse import answers_yes_or_no, is_acknowledgement, understand
from gateway.conversation.understanding.slips import is_slip_of

OPTIONS = ("修路 road", "水井 well", "路灯 lights")
YESNO = PollContext(3, "yesno")
SINGLE = PollContext(9, "single", OPTIONS)
APPROVAL = PollContext(6, "approval", OPTIONS, max=2)
RANKED = PollContext(8, "ranked", OPTIONS)
CONTEXTS = {
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
    "acknowledges": False,
}  # fmt: skip

Message = tuple[str, str]


@pytest.mark.parametrize("row", CORPUS, ids=lambda row: f"{row['context']}-{row['text'][:20]!r}")
def test_text_means_what_the_corpus_says(row: dict[str, Any]) -> None:
    meaning = understand(row["text"], CONTEXTS[row["context"]])
    found = {
        "intent": meaning.intent.value,
        "votes": [[vote.poll, vote.choice] for vote in meaning.votes],
        "doubt": meaning.doubt.value,
        "acknowledges": is_acknowledgement(row["text"]),
        **{name: getattr(meaning, name) for name in ("number", "topic_text", "words", "language", "code")},
    }
    assert found == DEFAULTS | {name: value for name, value in row.items() if name not in ("text", "context")}


def test_corpus_is_large_and_half_chinese() -> None:
    chinese = sum(any("\u3400" <= letter <= "\u9fff" for letter in row["text"]) for row in CORPUS)
    assert len(CORPUS) >= 200
    assert chinese >= len(CORPUS) / 2
    assert {row["context"] for row in CORPUS} == set(CONTEXTS)


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
        # Several polls, or one that has closed: nobody can tell which is meant.
        ("two", 0),
        ("closed_asked", 0),
        # Open but not just asked: a number, "yes" or "no" alone is asked back.
        ("yesno", 0),
        ("single", 0),
        ("yesno_asked", 25),
    ],
)
def test_private_messages_are_no_votes_unless_they_answer(
    private_messages: list[Message], context: str, most: int, figure: Callable[[str], None]
) -> None:
    found = [(bucket, text, understand(text, CONTEXTS[context])) for bucket, text in private_messages]
    voting = [(bucket, text) for bucket, text, meaning in found if meaning.votes]
    intents = dict(Counter(meaning.intent.value for _, _, meaning in found).most_common())
    figure(f"{len(found)} private messages, polls: {context}: {len(voting)} votes, intents {intents}")
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
@settings(max_examples=1500, deadline=None)
def test_understanding_never_fails_and_votes_only_for_what_is_there(text: str, context: str) -> None:
    polls = {poll.number: poll for poll in CONTEXTS[context].polls}
    meaning = understand(text, CONTEXTS[context])
    assert meaning.intent is Intent.VOTE or not meaning.votes
    assert len({vote.poll for vote in meaning.votes}) == len(meaning.votes)
    for vote in meaning.votes:
        numbers = {str(number) for number in range(1, len(polls[vote.poll].options) + 1)}
        assert vote.choice in ("yes", "no", "abstain") or set(vote.choice.replace(">", ",").split(",")) <= numbers


@given(TEXTS)
@settings(max_examples=1500, deadline=None)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(
    st.sampled_from([row for row in CORPUS if not row.get("votes")]), st.sampled_from(["“{}”", "> {}", "【石桥村】{}"])
)
@settings(max_examples=500, deadline=None)
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
    chinese = {name: [] for name in ("names", "poll_words", "option_words", "before_number", "after_number",
                                     "number_marks", "choice_marks", "perhaps", "polite_before", "polite_after",
                                     "our_words", "yes", "no", "abstain", "yes_when_asked", "no_when_asked",
                                     "abstain_when_asked")}  # fmt: skip
    with pytest.raises(ValueError):
        make_lexicon({"xx": chinese | {"whole": {"stop": ["ja"], "start": ["Ja"]}, "leading": {}}})
    with pytest.raises(ValueError):
        make_lexicon({"xx": chinese | {"yes": ["ja"], "no": ["JA"], "whole": {}, "leading": {}}})


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
