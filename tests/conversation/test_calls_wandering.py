"""Callers who press anything, say anything, stay silent and hang up anywhere: nobody is lost, nothing is cast unasked.

Some hundreds of calls; ten thousand under `SOAK=1`, and then somebody must have hung up at every place of the menus.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.carriers.port import Gather, Hangup, Record
from gateway.conversation.calls import Frozen
from gateway.conversation.calls.tokens import open_state
from gateway.delegates import referring
from gateway.followup import complaining
from gateway.followup.actions import post_update
from gateway.kernel.db import UnitOfWork, metadata
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.polls.model import Method
from gateway.roll import views
from gateway.roll.model import Community
from gateway.topics import actions as topics
from gateway.topics import asking
from gateway.topics.model import Stage
from gateway.township import consulting
from gateway.township.model import ConsultationDraft
from gateway.wording.catalogue import Wording
from ivr_flows.model import Waiting
from ivr_flows.session import Session
from tests.conversation.callers import (
    ALONE,
    CODES,
    ENGLISH,
    FLOWS,
    PIN,
    SHARED,
    STAFF,
    UNKNOWN,
    Telephone,
    a_moderator,
    a_poll_by,
    a_village,
    resident_id,
)
from tests.delegates.office import a_guest, a_township
from tests.fakes import NOON, StillClock
from tests.polls.village import Village

IS_SOAK = bool(os.environ.get("SOAK"))
# At full length in shares, each with a village of its own, so that they may run beside one another.
SHARES = 2 if IS_SOAK else 1
CALLS = 5_000 if IS_SOAK else 150
# Prompts between one thing done and the next: whoever gets nothing done in so many is let go politely.
MOST_PROMPTS = 25
LI, DELEGATE = "10019", "90011"
# Places that need what this village has not: somebody whose language is unknown, a meeting under way, a call that we
# placed, and a fault.
UNREACHED = {
    *("first_language", "meeting_offer", "meeting_menu", "statement", "keep_statement"),
    *("floor", "floor_more", "floor_offer", "floor_planned", "end_meeting"),
    *("called", "message", "also_for", "trouble", "told_reply"),
}
CONFIRMING = ("确定投这一票", "To cast this vote")
CAST = ("投好了", "Your vote is in")
FAULT = ("出了一点毛病", "something went wrong", "还没有修好", "still not working")


@dataclass
class Findings:
    """What came of many calls."""

    faults: Counter[str] = field(default_factory=Counter)
    ballots: set[tuple[int, int]] = field(default_factory=set)
    confirmed: int = 0
    visited: Counter[str] = field(default_factory=Counter)
    hung_up_at: set[str] = field(default_factory=set)
    most_prompts: int = 0
    longest_call: int = 0


def _session(phone: Telephone) -> Session:
    state = open_state(phone.token or "", phone.carrier_id, sealer=phone.ports.call_sealer)
    assert state
    return state.session


def _wander(phone: Telephone, dice: random.Random, found: Findings, entries: list[str]) -> None:
    """One call to its end."""
    phone.dial()
    while not phone.is_over:
        before, heard = _session(phone), phone.heard
        found.visited[before.node] += 1
        found.most_prompts = max(found.most_prompts, before.step - before.since + 1)
        # Where nobody has hung up yet somebody soon does.
        if dice.random() < (0.04 if before.node in found.hung_up_at else 0.2):
            found.hung_up_at.add(before.node)
            break
        keys = _act(phone, dice, entries)
        _judge(phone, before, keys, found, confirming=any(words in heard for words in CONFIRMING))
    found.longest_call = max(found.longest_call, phone.prompts)


def _act(phone: Telephone, dice: random.Random, entries: list[str]) -> str:
    step = phone.steps[-1]
    assert isinstance(step, Gather | Record)
    if isinstance(step, Record):
        phone.speak(dice.choice([0, 1, 12, 60]))
        return ""
    if dice.random() < 0.1:
        phone.stay_silent()
        return ""
    keys = _keys(dice, step, entries)
    phone.press(keys)
    return keys


def _keys(dice: random.Random, step: Gather, entries: list[str]) -> str:
    if step.digits is not None and step.digits >= 4:
        return dice.choice([*entries, "0", "9", "*", "12", str(dice.randrange(10**6))])
    if dice.random() < 0.95:
        return dice.choice("111111222223333444556789*0#")
    return dice.choice(["11", "1#", "9#", "321", "****", "12121111"])


def _judge(phone: Telephone, before: Session, keys: str, found: Findings, *, confirming: bool) -> None:
    if any(words in phone.heard for words in CAST):
        found.confirmed += 1
        found.ballots.add((int(before.values["poll"]), int(before.values["resident"])))  # type: ignore[arg-type]
        if not (confirming and before.node == "read_back" and keys.startswith("1")):
            found.faults["cast without confirmation"] += 1
    if any(words in phone.heard for words in FAULT):
        found.faults["exception"] += 1
    if not phone.heard or not isinstance(phone.steps[-1], Gather | Record | Hangup):
        found.faults["dead end"] += 1


def _a_busy_village(ports: Ports, wording: Wording) -> Community:
    """A poll of every form, topics at every stage, something to be judged, a delegate, a township above."""
    community = a_village(ports)
    village = Village(community.id, [])
    a_guest(ports, village)
    a_township(ports, village)
    for method in Method:
        a_poll_by(ports, community, method)
    thirteen = tuple(f"第{number}组修路" for number in range(1, 14))
    a_poll_by(ports, community, Method.APPROVAL, thirteen, thirteen)
    with ports.db.work() as tx:
        for code, text, stage in ((LI, "村口路灯坏了", Stage.DONE), (CODES[0], "水渠堵了", Stage.IN_PROGRESS)):
            topic = topics.raise_topic(
                tx, community.id, resident_id(ports, community, code), text, at=ports.clock.now()
            )
            topics.screen(tx, topic.number, True, "", at=ports.clock.now(), wording=wording)
            post_update(tx, topic.id, {"zh": "有人去看了"}, at=ports.clock.now(), wording=wording, stage=stage)
        topics.set_spoken_title(tx, topic.number, "RE0", 4)
        tx.commit()
    return community


def _an_answer_aloud(ports: Ports, wording: Wording, community: Community) -> str:
    """A topic that the delegate has answered aloud; returns its number."""
    now, guest = ports.clock.now(), resident_id(ports, community, DELEGATE)
    with ports.db.work() as tx:
        topic = topics.raise_topic(tx, community.id, resident_id(ports, community, LI), "祠堂漏雨了", at=now)
        topics.screen(tx, topic.number, True, "", at=now, wording=wording)
        put = referring.refer(tx, topic.id, guest, now + timedelta(days=9), at=now, wording=wording)
        referring.answer_aloud(tx, put.id, f"RE{8:032}", 9, at=now, wording=wording, guest_id=guest)
        tx.commit()
    return topic.number


def _something_new(ports: Ports, wording: Wording, community: Community) -> None:
    """Once more something of everything that waits for somebody: what was there before may be done with."""
    now, author = ports.clock.now(), resident_id(ports, community, LI)
    guest = resident_id(ports, community, DELEGATE)
    with ports.db.work() as tx:
        done, new, routed = (
            topics.raise_topic(tx, community.id, author, words, at=now) for words in ("桥修好了", "井干了", "河堤裂了")
        )
        for topic in (done, routed):
            topics.screen(tx, topic.number, True, "", at=now, wording=wording)
        post_update(tx, done.id, {"zh": "好了"}, at=now, wording=wording, stage=Stage.DONE)
        referring.refer(tx, routed.id, guest, now + timedelta(days=9), at=now, wording=wording)
        asked = asking.ask(tx, routed.id, author, "什么时候修？", at=now)
        asking.pass_to_guest(tx, asked.id, guest, at=now, wording=wording)
        _ask_from_above(tx, community, now, wording)
        complaint = complaining.complain(tx, author, "垃圾没人收", at=now, ports=ports, wording=wording)
        complaining.answer(tx, complaint.number, "明天来收。", at=now, wording=wording)
        tx.commit()
    assert new.stage is Stage.RAISED


def _ask_from_above(tx: UnitOfWork, community: Community, now: datetime, wording: Wording) -> None:
    above = views.community_by_code(tx.connection, "town")
    question, options = {"zh": "集市放在哪天？"}, {"zh": ("周六", "周日")}
    draft = ConsultationDraft(above.id, (community.id,), question, options, now + timedelta(days=7))
    consulting.ask(tx, draft, at=now, wording=wording)


def _cast(ports: Ports) -> set[tuple[int, int]]:
    """Whose ballot is in which poll, as the database has it."""
    table = metadata.tables["participation"]
    with ports.db.read() as conn:
        rows = conn.execute(select(table.c.poll_id, table.c.resident_id).where(table.c.state == "voted"))
        return {(row.poll_id, row.resident_id) for row in rows}


@pytest.mark.parametrize("share", range(1, SHARES + 1))
def test_wandering_callers_are_never_lost(
    ports: Ports, clock: StillClock, wording: Wording, figure: Callable[[str], None], share: int
) -> None:
    if IS_SOAK and not ports.db.is_sqlite:
        pytest.skip("at full length on SQLite alone: what is asked of the database is the same")
    community = _a_busy_village(ports, wording)
    pin = a_moderator(ports, community)
    delegate = PhoneNumber(f"+86139{resident_id(ports, community, DELEGATE):08}")
    answered = _an_answer_aloud(ports, wording, community)
    entries = [LI, PIN, *CODES, *CODES, "13", "21", answered, answered, pin, "0103#", "00", "00", "99"]
    # Whoever has the moderator's telephone mostly knows the PIN.
    knowing = {STAFF: [*entries, *[pin] * len(entries)]}
    dice, found, frozen = random.Random(20261123 + share), Findings(), Frozen()
    for call in range(CALLS):
        if call % 100 == 0:
            _something_new(ports, wording, community)
        # Every fourth call comes late in the evening, when nobody is at the village office.
        clock.at = NOON + timedelta(hours=10 if call % 4 == 3 else 0)
        caller = dice.choice([ALONE, SHARED, SHARED, ENGLISH, UNKNOWN, None, STAFF, delegate])
        phone = Telephone(ports, wording, caller, carrier_id=f"CA{call}", frozen=frozen)
        _wander(phone, dice, found, knowing.get(caller, entries))
    assert not found.faults
    assert found.most_prompts <= MOST_PROMPTS
    assert found.ballots == _cast(ports)
    assert len(found.ballots) > 5
    places = {name for name, node in FLOWS["main"].nodes.items() if isinstance(node, Waiting)}
    figure(
        f"wandering calls, share {share} of {SHARES}: {CALLS:,} calls ({'SQLite' if ports.db.is_sqlite else 'PostgreSQL'}): 0 exceptions, 0 dead ends, "
        f"0 of {found.confirmed} ballots without confirmation, at most {found.most_prompts} prompts between one thing done "
        f"and the next ({found.longest_call} in the longest call), hung up at {len(found.hung_up_at)} of {len(places)} places"
    )
    if IS_SOAK:
        assert places - found.hung_up_at <= UNREACHED
