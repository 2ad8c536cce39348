"""Whole calls in Cantonese, kept as golden transcripts, and what a village that speaks it is offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest

from gateway.carriers.port import Say
from gateway.carriers.twilio.twiml import render_call
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.polls import actions as polls
from gateway.polls.closing import close_poll
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.roll import actions as roll
from gateway.roll.importing import parse_roll
from gateway.roll.model import Community, NewCommunity
from gateway.topics import actions as topics
from gateway.wording.catalogue import Wording
from tests.conversation.callers import PIN, TERMS, Telephone, flat, receipt_heard, resident_id
from tests.fakes import StillClock
from tests.polls.village import all_wording, even_few_are_published

LINE = PhoneNumber("+8675512345680")
GRANNY, MANDARIN, UNTOLD = (PhoneNumber(f"+861390000000{n}") for n in (1, 2, 3))
ROLL = f"""name,phone,code,pin,household,language
陳婆婆,{GRANNY.e164},10019,{PIN},A,yue
李桂蘭,{MANDARIN.e164},20023,{PIN},B,zh
黃伯,{UNTOLD.e164},30031,{PIN},C,
"""
OPTIONS = ("整好村口條路", "打一口井", "裝路燈", "修水渠")

Dial = Callable[..., Telephone]
Golden = Callable[..., None]


@pytest.fixture
def village(ports: Ports) -> Community:
    with ports.db.work() as tx:
        community = roll.add_community(tx, NewCommunity("wingwo", "永和村", LINE, languages=("yue", "zh")))
        parsed = parse_roll(ROLL.encode(), region="CN")
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    return community


@pytest.fixture
def dial(ports: Ports, wording: Wording, village: Community) -> Dial:
    return lambda caller=GRANNY: Telephone(ports, wording, caller, line=LINE).dial()


def _poll(ports: Ports, village: Community, method: Method) -> int:
    own = method is not Method.YESNO
    share = Fraction(1, 2) if method in (Method.YESNO, Method.SINGLE) else Fraction(0)
    draft = PollDraft(
        community_id=village.id,
        method=method,
        wording={"": PollWording("今年辦邊幾件事好?" if own else "整唔整村口條路?", OPTIONS if own else ())},
        closes_at=ports.clock.now() + timedelta(days=6, hours=6, minutes=5),
        threshold=Threshold(ThresholdBase.PARTICIPANTS, share),
        **TERMS[method],
    )
    with ports.db.work() as tx:
        number = polls.create_poll(tx, draft, at=ports.clock.now())
        polls.open_poll(tx, number, ports=ports, wording=all_wording())
        tx.commit()
    return number


@pytest.mark.parametrize(
    ("method", "keys"),
    [
        (Method.YESNO, "1 5 1 1 3"),
        (Method.SINGLE, "3 1 3"),
        (Method.APPROVAL, "1 2 1 2 1 3"),
        (Method.RANKED, "4 2 1 1 3"),
        (Method.SCORE, "5 2 # 1 1 3"),
        (Method.BUDGET, "2 1 2 1 1 3"),
    ],
)
def test_vote_by(ports: Ports, village: Community, dial: Dial, golden: Golden, method: Method, keys: str) -> None:
    _poll(ports, village, method)
    phone = dial().press(*keys.split())
    assert phone.is_over
    golden(phone, f"vote_by_{method}_yue")


def test_topic_by_recording(dial: Dial, golden: Golden) -> None:
    phone = dial().press("2", "1").speak(1).speak(14).press("2").speak(22).press("1", "2", "2", "2", "13", "4", "3")
    golden(phone, "topic_by_recording_yue")


def test_borrowed_phone(ports: Ports, village: Community, dial: Dial, golden: Golden) -> None:
    _poll(ports, village, Method.YESNO)
    golden(dial(None).press("10018", "10019", "1357", "10019", PIN, "1", "1", "3"), "borrowed_phone_yue")


def test_silent_resident(dial: Dial, golden: Golden) -> None:
    golden(dial().stay_silent(6), "silent_resident_yue")


def test_results_and_news(
    ports: Ports, clock: StillClock, wording: Wording, village: Community, dial: Dial, golden: Golden
) -> None:
    number = _poll(ports, village, Method.YESNO)
    receipt = receipt_heard(dial().press("1", "1"))
    clock.advance(days=7)
    with even_few_are_published():
        close_poll(number, ports=ports, wording=wording)
    golden(dial().press("3", "1", "2", "2", "3", "2", receipt, "3"), "results_and_news_yue")


def test_hours_messages_and_a_person_at_night(clock: StillClock, dial: Dial, golden: Golden) -> None:
    clock.advance(hours=10)
    golden(dial().press("4", "4", "2", "2", "4", "3", "1", "0", "1").speak(20).press("3"), "settings_yue")


def test_language_is_offered_where_the_village_lists_it(dial: Dial, golden: Golden) -> None:
    """From Mandarin to Cantonese; each language is offered in itself."""
    golden(dial(MANDARIN).press("4", "1", "1", "0", "3"), "language_from_zh_to_yue")


def test_language_is_asked_of_a_newcomer_in_both(dial: Dial) -> None:
    phone = dial(UNTOLD)
    assert {"yue", "zh"} <= {step.language for step in flat(phone.steps) if isinstance(step, Say)}
    assert phone.says("call.language.item", "yue")
    phone.press("1")
    assert phone.language == "yue"


def test_topic_of_a_village_and_judging(ports: Ports, wording: Wording, village: Community, dial: Dial) -> None:
    with ports.db.work() as tx:
        author = resident_id(ports, village, "10019")
        topic = topics.raise_topic(tx, village.id, author, "水渠塞咗", at=ports.clock.now())
        topics.screen(tx, topic.number, True, "", at=ports.clock.now(), wording=wording)
        tx.commit()
    phone = dial().press("2", "3")
    assert phone.heard.startswith(f"號碼{', '.join(topic.number)}：水渠塞咗。村入面已經受理，會去辦。")


def test_cantonese_is_spoken_by_the_voice_that_speaks_it(dial: Dial) -> None:
    """The only tag and voices that the carrier documents for Cantonese."""
    said = render_call(dial().steps)
    assert '<Say language="yue-HK" voice="Google.yue-HK-Standard-A">你好，' in said
    assert "cmn-CN" not in said
