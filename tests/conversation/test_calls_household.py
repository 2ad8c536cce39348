"""Calls that we place to a telephone that several people share, and calls that lead to a vote or to the whole line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.carriers.port import IncomingCall, IncomingText, OutgoingCall, ReportedStatus
from gateway.conversation.calls.missed import take_missed_call
from gateway.conversation.texts import receive_text
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.messaging.actions import start_broadcast
from gateway.messaging.calling_back import CallBackLimits
from gateway.messaging.model import BroadcastDraft
from gateway.polls import views as polls
from gateway.polls.inviting import ask_for_votes
from gateway.roll.actions import set_line
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, LINE, SHARED, Telephone, a_poll, a_village, resident_id
from tests.fakes import ScriptedCarrier, StillClock
from tests.messaging.village import attempt_of, outbox_rows, outcomes, report, send

Golden = Callable[..., None]


@pytest.fixture
def community(ports: Ports) -> Community:
    made = a_village(ports)
    table = metadata.tables["resident"]
    with ports.db.work() as tx:
        tx.execute(table.update().values(channel="call", consent=True))
        tx.commit()
    return made


@pytest.fixture
def wangs(ports: Ports, community: Community) -> list[int]:
    """Three people with one telephone."""
    return [resident_id(ports, community, code) for code in CODES]


def tell(ports: Ports, community: Community, audience: list[int]) -> int:
    draft = BroadcastDraft(
        community_id=community.id,
        kind="notice",
        subject="notice",
        texts={"zh": "石滩村:明天停水。"},
        calls={"zh": "明天停水，请先接好水。"},
        audience=audience,
    )
    with ports.db.work() as tx:
        key = start_broadcast(tx, draft, at=ports.clock.now())
        tx.commit()
    return key


def ask(ports: Ports, number: int, wording: Wording) -> int:
    with ports.db.work() as tx:
        key = ask_for_votes(tx, number, at=ports.clock.now(), wording=wording)
        tx.commit()
    return key


def answer(ports: Ports, wording: Wording, carrier: ScriptedCarrier, index: int = -1) -> Telephone:
    """Somebody takes the call that was placed last."""
    placed = carrier.sent[index]
    assert isinstance(placed, OutgoingCall)
    return Telephone(ports, wording, placed.to, carrier_id=f"CA{index}", attempt=attempt_of(placed)).dial()


def delivered(ports: Ports, broadcast: int) -> int:
    with ports.db.read() as conn:
        return messaging.progress(conn, broadcast).delivered


def test_one_call_tells_everybody_of_the_household_in_turn(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community, wangs: list[int], golden: Golden
) -> None:
    key = tell(ports, community, wangs)
    assert send(ports, carrier) == 1
    phone = answer(ports, wording, carrier).press("1", "1")
    assert "王秀英" in phone.heard
    phone.press("1", "1")
    assert "王小明" in phone.heard
    phone.press("2")
    assert phone.says("call.outbound.thanks")
    golden(phone, "placed_call_to_a_household_zh")
    assert delivered(ports, key) == 2
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    # The third is called another time, not at once: the telephone has rung for everybody.
    assert send(ports, carrier) == 0
    ports.clock.advance(hours=2)  # type: ignore[attr-defined]
    assert send(ports, carrier) == 1


def test_a_shared_telephone_rings_once_a_round_and_three_times_at_most(
    ports: Ports, carrier: ScriptedCarrier, community: Community, wangs: list[int], clock: StillClock
) -> None:
    key = tell(ports, community, wangs)
    for _ in range(12):
        send(ports, carrier)
        for index, item in enumerate(carrier.sent):
            if isinstance(item, OutgoingCall):
                report(ports, carrier, index, ReportedStatus.NO_ANSWER)
        clock.advance(hours=2)
    rang = [item for item in carrier.sent if isinstance(item, OutgoingCall)]
    assert len(rang) == 3
    assert outcomes(ports).count("no_answer") == 9
    assert delivered(ports, key) == 0


def test_a_call_that_asks_for_a_vote_leads_to_the_vote(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community, golden: Golden
) -> None:
    number = a_poll(ports, community)
    ask(ports, number, wording)
    send(ports, carrier)
    li = next(at for at, item in enumerate(carrier.sent) if item.to == ALONE)
    phone = answer(ports, wording, carrier, li).press("1")
    assert phone.says("call.polls.one")
    phone.press("1", "1")
    golden(phone, "placed_call_for_a_vote_zh")
    with ports.db.read() as conn:
        assert polls.has_voted(conn, number, resident_id(ports, community, "10019"))


def test_a_household_votes_one_after_the_other_each_by_code(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community, wangs: list[int]
) -> None:
    number = a_poll(ports, community)
    key = ask(ports, number, wording)
    send(ports, carrier)
    shared = next(at for at, item in enumerate(carrier.sent) if item.to == SHARED)
    phone = answer(ports, wording, carrier, shared).press("1")
    assert phone.says("call.outbound.household_vote")
    before = delivered(ports, key)
    for code in CODES[:2]:
        phone.press(f"{code}#", "1", "1", "1")
    assert delivered(ports, key) == before + 2
    with ports.db.read() as conn:
        assert [polls.has_voted(conn, number, one) for one in wangs] == [True, True, False]


@pytest.mark.parametrize("way", ["call", "text"])
def test_whichever_channel_is_answered_first_cancels_the_other(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community, way: str, clock: StillClock
) -> None:
    """Nobody took the call, so a text or another call is due; then the person votes by themselves."""
    number = a_poll(ports, community)
    key = ask(ports, number, wording)
    send(ports, carrier)
    li = next(at for at, item in enumerate(carrier.sent) if item.to == ALONE)
    report(ports, carrier, li, ReportedStatus.NO_ANSWER)
    waiting = [row for row in outbox_rows(ports) if row.phone == ALONE.e164 and row.state == "ready"]
    assert len(waiting) == 1
    if way == "call":
        Telephone(ports, wording, ALONE, carrier_id="CA99").dial().press("1", "1")
    else:
        text = IncomingText("SM9", ALONE, LINE, f"投{number} 1")
        receive_text(text, ports=ports, wording=wording, carrier_name="t")
    with ports.db.read() as conn:
        assert polls.has_voted(conn, number, resident_id(ports, community, "10019"))
    assert [row.state for row in outbox_rows(ports) if row.phone == ALONE.e164] == ["failed", "canceled"]
    assert delivered(ports, key) == 1
    before = len(carrier.sent)
    clock.advance(hours=3)
    send(ports, carrier)
    assert ALONE not in [item.to for item in carrier.sent[before:]]


def test_a_missed_call_is_answered_by_the_whole_line_with_what_is_open_first(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community, golden: Golden
) -> None:
    a_poll(ports, community)
    with ports.db.work() as tx:
        set_line(tx, community.id, LINE, calls_back=True)
        tx.commit()
    limits = CallBackLimits(("+86",))
    take_missed_call(IncomingCall("CA1", ALONE, LINE), ports=ports, wording=wording, limits=limits, carrier_name="t")
    assert send(ports, carrier, "urgent") == 1
    phone = answer(ports, wording, carrier).press("1")
    assert phone.says("call.polls.one")
    phone.press("1", "1")
    golden(phone, "call_back_zh")
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    assert [row.state for row in outbox_rows(ports)] == ["delivered"]


def test_a_machine_that_takes_the_call_hears_no_message_and_is_told_apart(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community
) -> None:
    li = resident_id(ports, community, "10019")
    key = tell(ports, community, [li])
    send(ports, carrier)
    phone = answer(ports, wording, carrier)
    report(ports, carrier, 0, ReportedStatus.MACHINE)
    phone.stay_silent(3)
    assert phone.is_over
    assert not any("停水" in line for line in phone.transcript)
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    assert delivered(ports, key) == 0
    assert outcomes(ports) == ["machine", ""]


def test_a_person_whom_the_carrier_took_for_a_machine_is_a_person(
    ports: Ports, wording: Wording, carrier: ScriptedCarrier, community: Community
) -> None:
    key = tell(ports, community, [resident_id(ports, community, "10019")])
    send(ports, carrier)
    phone = answer(ports, wording, carrier)
    report(ports, carrier, 0, ReportedStatus.MACHINE)
    phone.press("1", "1")
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    assert delivered(ports, key) == 1
    assert [row.state for row in outbox_rows(ports)] == ["delivered", "canceled"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(ReportedStatus.BUSY, "busy"), (ReportedStatus.NO_ANSWER, "no_answer"), (ReportedStatus.DECLINED, "declined"),
     (ReportedStatus.MACHINE, "machine"), (ReportedStatus.DELIVERED, "not_heard")],
)  # fmt: skip
def test_ends_of_a_call_are_told_apart(
    ports: Ports, carrier: ScriptedCarrier, community: Community, status: ReportedStatus, outcome: str
) -> None:
    tell(ports, community, [resident_id(ports, community, "10019")])
    send(ports, carrier)
    report(ports, carrier, 0, status)
    assert outcomes(ports)[0] == outcome
