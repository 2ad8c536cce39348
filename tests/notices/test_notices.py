"""Notices: who is meant, what it would do, who must agree, when it goes, and what a month may cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import GatewayError
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.meetings import inviting
from gateway.messaging import spending
from gateway.messaging import views as broadcasts
from gateway.messaging.model import BroadcastState, Rates
from gateway.messaging.money import Terms, parse_amount, write_amount
from gateway.notices import actions, views
from gateway.notices.model import Audience, NoticeDraft, Outlook, Written
from gateway.polls.closing import close_poll
from gateway.roll.model import Channel, StopKind
from gateway.topics import actions as topics
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier, StillClock
from tests.meetings.gathering import a_meeting, work
from tests.messaging.village import add_people, add_village, counts, send
from tests.polls.village import a_village, an_open_poll, vote

# What is no different on PostgreSQL: every verb runs there in another test of this file.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
RATES = Rates(1.0, 0.5, 10)
CNY = Terms(currency="CNY", segment_price=500, minute_price=1200)


def _draft(village: int, words: str = "明天停水", **more: Any) -> NoticeDraft:
    return NoticeDraft(**{"community_id": village, "words": {"zh": words}} | more)


def _write(ports: Ports, wording: Wording, draft: NoticeDraft) -> Written:
    with ports.db.work() as tx:
        written = actions.write_notice(tx, draft, at=ports.clock.now(), wording=wording)
        tx.commit()
    return written


def _outlook(ports: Ports, wording: Wording, draft: NoticeDraft) -> Outlook:
    with ports.db.read() as conn:
        return views.outlook(conn, draft, at=ports.clock.now(), usual=RATES, wording=wording)


def _set_terms(ports: Ports, village: int, terms: Terms) -> None:
    with ports.db.work() as tx:
        spending.set_terms(tx, village, terms)
        tx.commit()


def _do(ports: Ports, action: Any, *arguments: Any, **more: Any) -> Any:
    with ports.db.work() as tx:
        made = action(tx, *arguments, **more)
        tx.commit()
    return made


def _spent(ports: Ports, village: int) -> int:
    with ports.db.read() as conn:
        return broadcasts.spent(conn, village, ports.clock.now())


def _refusal(ports: Ports, wording: Wording, draft: NoticeDraft) -> str:
    with pytest.raises(GatewayError) as refused:
        _write(ports, wording, draft)
    return refused.value.code


def test_audience_is_narrowed_by_group_household_language_and_channel(ports: Ports, wording: Wording) -> None:
    village = add_village(ports)
    add_people(ports, village, 2, group_name="东组", household="王家")
    add_people(ports, village, 1, group_name="东组", household="李家", language="en")
    add_people(ports, village, 4, group_name="西组", channel=Channel.CALL)
    meant: Mapping[Audience, int] = {
        Audience(): 7,
        Audience(groups=("东组",)): 3,
        Audience(groups=("东组", "西组")): 7,
        Audience(households=("王家",)): 2,
        Audience(groups=("东组",), language="en"): 1,
        Audience(channel=Channel.CALL): 4,
    }
    assert {who: _outlook(ports, wording, _draft(village, audience=who)).people for who in meant} == meant
    for slip, code in ((Audience(groups=("东",)), "audience_group_unknown"), (Audience(households=("x",)), "audience_household_unknown"),
                       (Audience(parts=("topic",)), "audience_part_unreadable"), (Audience(parts=("dream:1",)), "audience_part_unreadable"),
                       (Audience(parts=("poll:9",)), "poll_unknown"), (Audience(language="fr"), "audience_nobody")):  # fmt: skip
        assert _refusal(ports, wording, _draft(village, audience=slip)) == code


def test_audience_of_a_topic_is_its_author_and_supporters(ports: Ports, wording: Wording) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 5)
    with ports.db.work() as tx:
        topic = topics.raise_topic(tx, village, people[0], "村口的路灯坏了", at=ports.clock.now())
        topics.support(tx, topic.id, people[3], at=ports.clock.now())
        tx.commit()
    written = _write(ports, wording, _draft(village, audience=Audience(parts=(f"topic:{topic.number}",))))
    with ports.db.read() as conn:
        told = {one.code for one in broadcasts.report(conn, written.series).copies}
    assert told == {f"{number:05d}" for number in (1, 4)}


@on_sqlite
def test_audience_of_a_poll_is_who_took_part_once_it_is_over(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    poll = an_open_poll(ports, village)
    vote(ports, poll, village.people[0], "yes")
    draft = _draft(village.id, audience=Audience(parts=(f"poll:{poll}",)))
    assert _refusal(ports, wording, draft) == "audience_poll_running"
    close_poll(poll, ports=ports, wording=wording)
    assert _outlook(ports, wording, draft).people == 1


def test_township_notice_is_a_series_with_a_broadcast_from_each_village(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier
) -> None:
    town = add_village(ports, "town", None)
    villages = [add_village(ports, f"v{n}", PhoneNumber(f"+86571000001{n}0"), parent_code="town") for n in (1, 2)]
    for village in villages:
        add_people(ports, village, 2, group_name="东组")
    assert _refusal(ports, wording, _draft(town)) == "audience_nobody"
    written = _write(ports, wording, _draft(town, children=True, audience=Audience(groups=("东组",))))
    assert len(written.numbers) == 2
    assert send(ports, carrier) == 4
    assert {item.sender.e164 for item in carrier.sent} == {"+8657100000110", "+8657100000120"}
    assert sorted(_do(ports, actions.pause, written.numbers[1])) == sorted(written.numbers)
    assert sorted(_do(ports, actions.resume, written.series)) == sorted(written.numbers)
    assert sorted(_do(ports, actions.abort, written.series)) == sorted(written.numbers)
    with pytest.raises(GatewayError) as over:
        _do(ports, actions.abort, written.series)
    assert over.value.code == "broadcast_over"


def test_preview_tells_people_segments_price_end_and_who_gets_none(ports: Ports, wording: Wording) -> None:
    village = add_village(ports)
    _set_terms(ports, village, Terms(currency="CNY", segment_price=500, minute_price=1200, monthly_cap=10_000))
    add_people(ports, village, 60)
    add_people(ports, village, 10, channel=Channel.CALL)
    add_people(ports, village, 1, phones=0)
    add_people(ports, village, 2, stopped=StopKind.BROADCASTS)
    found = _outlook(ports, wording, _draft(village)).previews["qingshan"]
    assert (found.people, found.texts, found.calls, found.segments) == (73, 60, 10, 60)
    assert found.left_out == {"no_phone": 1, "stopped": 2}
    assert sorted(one.reason for one in found.left_out_people) == ["no_phone", "stopped", "stopped"]
    assert (found.price, found.left) == (60 * 500 + 10 * 1200, 10_000)
    assert found.done_at == ports.clock.now() + timedelta(seconds=60)
    assert found.costly == {}


@on_sqlite
def test_preview_names_the_characters_that_make_an_english_text_dearer(ports: Ports, wording: Wording) -> None:
    village = add_village(ports, languages=("en",))
    add_people(ports, village, 1, language="en")
    words = "The office is closed on Monday – Tuesday it opens at 8 as it always does, bring your card please ☺"
    found = _outlook(ports, wording, NoticeDraft(village, {"en": words})).previews["qingshan"]
    assert found.segments == 2
    assert "☺" in found.costly["en"]
    assert "–" in found.costly["en"]


@on_sqlite
def test_preview_waits_for_the_hours_of_the_village(ports: Ports, wording: Wording, clock: StillClock) -> None:
    clock.at = datetime(2026, 11, 24, 13, 29, tzinfo=UTC)  # a minute before texts end in the village
    village = add_village(ports)
    add_people(ports, village, 150)
    found = _outlook(ports, wording, _draft(village)).previews["qingshan"]
    assert found.done_at == datetime(2026, 11, 24, 23, 1, 30, tzinfo=UTC)  # 60 today, 90 from 7:00 on


def test_large_notice_needs_a_second_person_who_is_not_the_first(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier
) -> None:
    village = add_village(ports)
    _set_terms(ports, village, Terms(two_people_from=3))
    add_people(ports, village, 3)
    assert _refusal(ports, wording, _draft(village)) == "notice_needs_sender"
    written = _write(ports, wording, _draft(village, by="wang"))
    assert written.waits
    assert counts(ports, written.series) == (0, 0, 0, 0)
    assert send(ports, carrier) == 0
    for by in ("wang", ""):
        with pytest.raises(GatewayError) as refused:
            _do(ports, actions.approve, written.series, by, at=ports.clock.now())
        assert refused.value.code == "second_person_same"
    assert not _do(ports, actions.approve, written.series, "li", at=ports.clock.now()).waits
    assert send(ports, carrier) == 3
    with pytest.raises(GatewayError) as again:
        _do(ports, actions.approve, written.series, "li", at=ports.clock.now())
    assert again.value.code == "broadcast_not_waiting"


def test_notice_goes_at_its_hour_once_to_whom_the_roll_holds_then(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    add_people(ports, village, 2)
    written = _write(ports, wording, _draft(village, send_at=clock.at + timedelta(hours=1)))
    assert written.waits
    assert actions.release_due(ports) == 0
    add_people(ports, village, 1)
    _do(ports, actions.schedule, written.series, clock.at + timedelta(minutes=5), at=clock.at)
    clock.advance(minutes=5)
    assert [actions.release_due(ports) for _ in range(2)] == [1, 0]
    assert send(ports, carrier) == 3
    with pytest.raises(GatewayError) as past:
        _do(ports, actions.schedule, written.series, clock.at, at=clock.at)
    assert past.value.code == "send_time_past"


@on_sqlite
def test_notice_given_up_before_its_hour_never_goes(ports: Ports, wording: Wording, clock: StillClock) -> None:
    village = add_village(ports)
    add_people(ports, village, 2)
    written = _write(ports, wording, _draft(village, send_at=clock.at + timedelta(hours=1)))
    _do(ports, actions.abort, written.series)
    clock.advance(hours=2)
    assert actions.release_due(ports) == 0
    assert counts(ports, written.series) == (0, 0, 0, 0)


def test_budget_of_the_month_is_hard(ports: Ports, wording: Wording, clock: StillClock) -> None:
    village = add_village(ports)
    add_people(ports, village, 3)
    _set_terms(ports, village, Terms(currency="CNY", segment_price=500, minute_price=1200, monthly_cap=3_000))
    first = _write(ports, wording, _draft(village))
    assert _spent(ports, village) == 1_500
    _write(ports, wording, _draft(village, "明天还是停水"))
    assert _refusal(ports, wording, _draft(village, "后天有水")) == "over_budget"
    assert _spent(ports, village) == 3_000
    _do(ports, actions.abort, first.series)
    assert _spent(ports, village) == 1_500
    _write(ports, wording, _draft(village, "后天有水"))
    clock.advance(days=10)  # December
    _write(ports, wording, _draft(village, "新的一月"))
    assert _spent(ports, village) == 1_500


@on_sqlite
def test_budget_that_is_short_at_the_hour_keeps_the_notice_and_says_so(
    ports: Ports, wording: Wording, clock: StillClock
) -> None:
    village = add_village(ports)
    add_people(ports, village, 3)
    _set_terms(ports, village, Terms(currency="CNY", segment_price=500, minute_price=1200, monthly_cap=1_000))
    written = _write(ports, wording, _draft(village, send_at=clock.at + timedelta(minutes=1)))
    clock.advance(minutes=2)
    assert [actions.release_due(ports) for _ in range(2)] == [0, 0]
    with ports.db.read() as conn:
        notice = views.notice(conn, written.series)
        assert broadcasts.broadcast(conn, written.series).state is BroadcastState.WAITING
    assert notice is not None
    assert notice.problem == "over_budget"


@on_sqlite
def test_one_source_of_words_makes_text_call_sheet_and_script(ports: Ports, wording: Wording) -> None:
    village = add_village(ports)
    add_people(ports, village, 1)
    written = _write(ports, wording, _draft(village, "明天上午停水"))
    with ports.db.read() as conn:
        forms = [broadcasts.words(conn, written.series, channel)["zh"] for channel in Channel]
        forms += [form(conn, written.series, wording=wording)["zh"] for form in (views.script, views.sheet)]
    assert len(set(forms)) == 4
    assert all("明天上午停水" in form for form in forms)
    assert forms[2].count("明天上午停水") == 2


@given(st.integers(0, 10**12))
def test_amounts_are_read_as_they_are_written(amount: int) -> None:
    assert parse_amount(write_amount(amount)) == amount
    for wrong in ("", "x", "-1", "1.00001", "NaN", "inf"):
        with pytest.raises(GatewayError):
            parse_amount(wrong)


@on_sqlite
def test_audience_of_a_meeting_is_whoever_was_invited_and_did_not_decline(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 4)
    one, two, *_ = village.people
    number, now = a_meeting(ports, village), ports.clock.now()
    work(ports, lambda tx: inviting.invite(tx, number, [one, two], at=now, wording=wording))
    work(ports, lambda tx: inviting.reply(tx, number, two, False, at=now))
    audience = Audience(parts=(f"meeting:{number}",))
    assert _outlook(ports, wording, _draft(village.id, audience=audience)).people == 1
    assert _refusal(ports, wording, _draft(village.id, audience=Audience(parts=("meeting:9",)))) == "meeting_unknown"
