"""The result as people get it: two segments at most in every language and under every rule, and a call for the ear."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import product

import pytest

from gateway.messaging.segments import count_segments
from gateway.polls.announcing import announce, rule_in_words
from gateway.polls.model import (
    COUNTINGS,
    Counting,
    Method,
    Poll,
    PollState,
    PollWording,
    Result,
    Stage,
    Threshold,
    ThresholdBase,
    TieRule,
    VoidReason,
)
from gateway.web.pages.speaking import Speaker
from gateway.wording.catalogue import Wording

LONG = "关于修缮村口至小学道路并同时更换沿途全部路灯以及清理排水沟渠的提案是否同意实施" * 4
OPTIONS = tuple(f"第{i}个方案:先修东边的路再修西边的桥" for i in range(1, 10))


def a_poll(threshold: Threshold, *, options: tuple[str, ...] = (), question: str = "修路", **terms: object) -> Poll:
    values = {
        "quorum": None, "by_group": False, "number": 3, "community_id": 1, "state": PollState.CLOSED,
        "stage": Stage.EMPTIED, "closes_at": datetime(2026, 12, 1, tzinfo=UTC), "threshold": threshold,
        "method": Method.SINGLE if options else Method.YESNO, "wording": {"": PollWording(question, options)},
    }  # fmt: skip
    return Poll(**values | terms)  # type: ignore[arg-type]


def a_result(
    poll: Poll, counts: dict[str, int], winners: tuple[str, ...] = (), *, adopted: bool, **terms: object
) -> Result:
    voted = sum(counts.values())
    values = {
        "poll": poll.number, "method": poll.method, "question": "修路", "eligible": 200, "participants": voted,
        "present": voted, "counts": counts, "winners": winners, "adopted": adopted, "threshold": poll.threshold,
        "quorum": poll.quorum, "quorum_reached": True,
    }  # fmt: skip
    return Result(**values | terms)  # type: ignore[arg-type]


HALF = Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))
MOST = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))


def test_result_text_names_village_poll_counts_rule_and_verdict(wording: Wording) -> None:
    poll = a_poll(HALF)
    result = a_result(poll, {"yes": 120, "no": 31, "abstain": 4}, ("yes",), adopted=True)
    words = announce(poll, result, "石桥村", wording=wording)
    assert words.texts["zh"] == (
        "【石桥村】表决3“修路”：赞成120，反对31，弃权4。应到200人，参加155人。规则：参加者过半数赞成。结果：通过。"
    )
    assert words.texts["en"] == (
        '[石桥村] Poll 3 "修路": yes 120, no 31, abstain 4. 155 of 200 voted. '
        "Rule: over half of voters for it. Result: adopted."
    )


DIGITS = "4821 9037 5512"


def test_result_text_ends_with_the_records_digits_where_there_is_room(wording: Wording) -> None:
    digits = DIGITS
    poll = a_poll(HALF)
    result = a_result(poll, {"yes": 120, "no": 31, "abstain": 4}, ("yes",), adopted=True)
    words = announce(poll, result, "石桥村", wording=wording, digits=digits)
    assert words.texts["zh"].endswith("结果：通过。公开记录4821 9037 5512。")
    english = announce(a_poll(HALF, question="Mend it?"), result, "Stonebridge", wording=wording, digits=digits)
    assert english.texts["en"].endswith("Result: adopted. Record 4821 9037 5512.")
    for question, options, has_room in ((LONG, (), True), (LONG, OPTIONS, False)):
        poll = a_poll(HALF, question=question, options=options)
        result = a_result(poll, dict.fromkeys(poll.choices, 123456), poll.options[:1], adopted=True, eligible=1234567)
        text = announce(poll, result, "石桥子村", wording=wording, digits=digits).texts["zh"]
        assert count_segments(text).segments <= 2
        assert text.endswith(f"公开记录{digits}。")
        assert (question[:14] in text) is has_room
    rehearsed = a_poll(HALF, rehearsal=True)
    text = announce(rehearsed, VoidReason.KEYS_LOST, "石桥村", wording=wording, digits=digits).texts["zh"]
    assert digits not in text


LONG_ENGLISH = "Shall we mend the long road to the school, change every street lamp on it and clean the drains " * 2
ENGLISH_OPTIONS = tuple(f"Plan {n}: first the road in the east and then the bridge in the west" for n in range(1, 10))


@pytest.mark.parametrize(
    ("language", "village", "question", "labels", "ends"),
    [
        ("zh", "石桥子村", LONG, OPTIONS, ("公开记录4821 9037 5512。", "公开记录发“查3”。")),
        ("en", "Stonebridge", LONG_ENGLISH, ENGLISH_OPTIONS, ("Record 4821 9037 5512.", "Record: STATUS 3.")),
    ],
)
def test_longest_result_text_still_tells_of_the_record(
    wording: Wording, language: str, village: str, question: str, labels: tuple[str, ...], ends: tuple[str, str]
) -> None:
    told = set()
    for base, quorum, options in product(ThresholdBase, (None, Fraction(2, 3)), (0, 2, 4, 9)):
        terms = {"quorum": quorum, "by_group": True}
        poll = a_poll(Threshold(base, Fraction(2, 3)), options=labels[:options], question=question, **terms)
        for reached in (True, False):
            found = {"adopted": reached, "eligible": 34567, "quorum_reached": reached}
            result = a_result(poll, dict.fromkeys(poll.choices, 5678), poll.options[:1], **found)  # type: ignore[arg-type]
            text = announce(poll, result, village, wording=wording, digits=DIGITS).texts[language]
            assert count_segments(text).segments <= 2, text
            assert text.endswith(ends), text
            told.add(text.endswith(ends[0]))
    assert True in told


def test_result_is_announced_in_every_language(wording: Wording) -> None:
    poll = a_poll(HALF)
    words = announce(poll, VoidReason.KEYS_LOST, "石桥村", wording=wording)
    assert set(words.texts) == set(words.calls) == set(wording.languages)


@pytest.mark.parametrize("base", ThresholdBase)
@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(2, 3)])
@pytest.mark.parametrize("method", [Method.YESNO, Method.SINGLE])
def test_result_text_keeps_to_two_segments_under_every_rule(
    wording: Wording, base: ThresholdBase, share: Fraction, method: Method
) -> None:
    options = OPTIONS[:4] if method is Method.SINGLE else ()
    for quorum, by_group in product((None, Fraction(1, 2), Fraction(2, 3)), (False, True)):
        poll = a_poll(Threshold(base, share), options=options, question=LONG, quorum=quorum, by_group=by_group)
        counts = dict.fromkeys(poll.choices, 567)
        for reached, adopted in ((True, True), (True, False), (False, False)):
            result = a_result(poll, counts, poll.options[:1], adopted=adopted, eligible=3456, quorum_reached=reached)
            for text in announce(poll, result, "石桥子村", wording=wording).texts.values():
                assert count_segments(text).segments <= 2, text


def test_result_text_of_nine_options_keeps_to_two_segments(wording: Wording) -> None:
    poll = a_poll(MOST, options=OPTIONS, question=LONG)
    result = a_result(poll, dict.fromkeys(poll.choices, 123), ("7",), adopted=True)
    for text in announce(poll, result, "石桥子村", wording=wording).texts.values():
        assert count_segments(text).segments <= 2, text


def test_english_text_of_an_english_village_stays_in_the_cheap_alphabet(wording: Wording) -> None:
    poll = a_poll(HALF, question="Shall we " + "mend the long road to the school " * 5)
    text = announce(
        poll, a_result(poll, {"yes": 9, "no": 1, "abstain": 0}, ("yes",), adopted=True), "Stonebridge", wording=wording
    ).texts["en"]
    assert count_segments(text).encoding == "GSM-7"


def test_void_text_keeps_to_two_segments_and_says_why(wording: Wording) -> None:
    poll = a_poll(HALF, question=LONG)
    for reason in VoidReason:
        words = announce(poll, reason, "石桥子村", wording=wording)
        assert all(count_segments(text).segments <= 2 for text in words.texts.values())
        assert "作废" in words.texts["zh"]
        assert "void" in words.calls["en"]


def test_call_speaks_the_whole_question_and_every_count(wording: Wording) -> None:
    poll = a_poll(Threshold(ThresholdBase.PRESENT, Fraction(2, 3)), options=OPTIONS, question="先做哪样?")
    result = a_result(poll, {str(i): i * 10 for i in range(1, 10)} | {"abstain": 7}, ("9",), adopted=False, present=460)
    call = announce(poll, result, "石桥村", wording=wording).calls["zh"]
    assert all(option in call for option in OPTIONS)
    assert "到会的有460人" in call
    assert "到会的人至少3分之2选同一项" in call
    assert "没有选定" in call


@pytest.mark.parametrize(
    ("winners", "adopted", "terms", "verdict"),
    [
        (("1", "2"), False, {"tied": ("1", "2")}, "得票相同，没有选定"),
        (("2",), True, {}, "选定2号井"),
        (("2",), False, {"quorum_reached": False}, "人数不够，未通过"),
        ((), False, {}, "没有选定"),
    ],
)
def test_verdict_of_a_single_choice(
    wording: Wording, winners: tuple[str, ...], adopted: bool, terms: dict[str, object], verdict: str
) -> None:
    poll = a_poll(MOST, options=("路", "井"))
    result = a_result(poll, {"1": 2, "2": 2, "abstain": 0}, winners, adopted=adopted, **terms)
    assert f"结果：{verdict}。" in announce(poll, result, "石桥村", wording=wording).texts["zh"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("method", "counting"), [(m, c) for m in Method for c in COUNTINGS[m] if m is not Method.YESNO]
)
@pytest.mark.parametrize("options", [9, 99])
def test_result_text_of_every_count_keeps_to_two_segments(
    wording: Wording, method: Method, counting: Counting, options: int
) -> None:
    labels = tuple(f"{n}方案:先修东边的路再修西边的桥" for n in range(1, options + 1))
    terms = {"method": method, "counting": counting, "costs": (12345,) * options, "budget": 99999999,
             "least_votes": 1234, "quorum": Fraction(2, 3)}  # fmt: skip
    for ties in TieRule:
        poll = a_poll(MOST, options=labels, question=LONG, tie_rule=ties, rehearsal=True, **terms)
        counts = dict.fromkeys(poll.choices, 123456)
        for tied, broken, withheld in (((), (), False), (poll.options, (), False), ((), poll.options, True)):
            found = {"tied": tied, "broken": broken, "withheld": withheld, "participants": 9 if withheld else 23456}
            result = a_result(poll, counts, poll.options, adopted=True, eligible=34567, **found)
            for text in announce(poll, result, "石桥子村", wording=wording).texts.values():
                assert count_segments(text).segments <= 2, text


def test_rehearsal_says_so_in_text_and_call_first_and_last(wording: Wording) -> None:
    poll = a_poll(HALF, number=9001, rehearsal=True)
    words = announce(
        poll, a_result(poll, {"yes": 9, "no": 3, "abstain": 0}, ("yes",), adopted=True), "石桥村", wording=wording
    )
    assert words.texts["zh"].startswith("【石桥村演练】")
    assert words.texts["zh"].endswith("结果：通过。这是演练，不算数。")
    assert words.calls["zh"].startswith("请注意，这是演练")
    assert words.calls["zh"].endswith("这是演练，不算数。")
    assert words.texts["en"].startswith("[石桥村 REHEARSAL]")
    assert words.calls["en"].endswith("does not count.")
    void = announce(poll, VoidReason.KEYS_LOST, "石桥村", wording=wording)
    assert "演练" in void.texts["zh"]


@pytest.mark.parametrize(
    ("method", "terms", "found", "verdict"),
    [
        (Method.BUDGET, {"costs": (5, 7), "budget": 20}, {"winners": ("1", "2")}, "办1号路、2号井，共12"),
        (Method.BUDGET, {"costs": (5, 7), "budget": 8}, {"winners": (), "tied": ("1", "2")}, "一项也没有选定；1号路、2号井票数相同，待定"),
        (Method.RANKED, {"tie_rule": TieRule.LOT}, {"winners": ("1", "2"), "tied": ("1", "2")}, "1号路、2号井得票相同，等抽签"),
        (Method.RANKED, {"tie_rule": TieRule.ORDER}, {"winners": ("1",), "broken": ("1", "2")}, "选定1号路（票数相同，排前的胜）"),
        (Method.SCORE, {}, {"winners": ("2",)}, "选定2号井"),
    ],
)  # fmt: skip
def test_verdict_of_the_other_methods(
    wording: Wording, method: Method, terms: dict[str, object], found: dict[str, object], verdict: str
) -> None:
    poll = a_poll(MOST, options=("路", "井"), method=method, counting=COUNTINGS[method][0], **terms)
    result = a_result(poll, {"1": 12, "2": 12, "abstain": 0}, adopted=not found.get("tied"), **found)  # type: ignore[arg-type]
    assert f"结果：{verdict}。" in announce(poll, result, "石桥村", wording=wording).texts["zh"]


def test_result_text_without_room_names_the_leading_options(wording: Wording) -> None:
    poll = a_poll(MOST, options=tuple(f"方案{n}" for n in range(1, 100)), method=Method.APPROVAL)
    counts = {str(n): n for n in range(1, 100)} | {"abstain": 3}
    text = announce(poll, a_result(poll, counts, ("99",), adopted=True), "石桥村", wording=wording).texts["zh"]
    assert "99号99票，98号98票" in text
    assert "其余见公告" in text


def test_rule_in_words_says_how_it_is_counted_and_what_breaks_a_tie(wording: Wording) -> None:
    ranked = a_poll(MOST, options=("路", "井"), method=Method.RANKED, counting=Counting.IRV, tie_rule=TieRule.LOT)
    assert rule_in_words(ranked, "zh", wording=wording) == "每轮去掉首选最少的一项，直到一项过半数，票数相同公开抽签"
    terms = {"method": Method.BUDGET, "counting": Counting.GREEDY, "budget": 50000, "least_votes": 30}
    sharing = a_poll(MOST, options=("路", "井"), tie_rule=TieRule.ORDER, **terms)
    assert rule_in_words(sharing, "en", wording=wording) == (
        "most votes first, skipping what the money does not cover, 50000 in all, at least 30 votes; "
        "in a tie the first listed wins"
    )


def test_rule_in_words_says_quorum_and_groups(wording: Wording) -> None:
    poll = a_poll(HALF, quorum=Fraction(1, 2), by_group=True)
    assert rule_in_words(poll, "zh", wording=wording) == "参加者过半数赞成，各组都要达到，过半数的人参加才有效"
    assert rule_in_words(a_poll(MOST), "en", wording=wording) == "most votes win"


def test_pages_say_of_a_tie_what_the_terms_say_and_only_that(wording: Wording) -> None:
    for language in wording.languages:
        speaker = Speaker(wording, language)
        about = {rule: speaker.say(f"pages.rule.ties.{rule}", source="X") for rule in TieRule}
        assert len(set(about.values())) == len(TieRule)
        for rule, threshold in product(TieRule, (MOST, HALF)):
            poll = a_poll(threshold, options=OPTIONS, tie_rule=rule, lot_source="X")
            first, *others = speaker.rule(poll)
            assert others == [about[rule]]
            assert not any(word in first for word in ("tie", "相同", "一样", "一樣"))
        # Yes meets what is asked of it or does not: there is nothing to say of a tie.
        assert len(speaker.rule(a_poll(HALF))) == 1
