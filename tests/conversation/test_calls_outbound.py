"""Calls that we place: the message, and the key that says it was heard."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.messaging import views as messaging
from gateway.messaging.actions import start_broadcast
from gateway.messaging.model import BroadcastDraft
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, Telephone, a_village, resident_id


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def broadcast(ports: Ports, community: Community) -> int:
    """Something to tell Li, who wants to be called."""
    li = resident_id(ports, community, "10019")
    table = metadata.tables["resident"]
    with ports.db.work() as tx:
        tx.execute(table.update().where(table.c.id == li).values(channel="call", consent=True))
        draft = BroadcastDraft(
            community_id=community.id,
            kind="notice",
            subject="notice",
            texts={"zh": "石滩村:明天停水。", "en": "Shitan: no water tomorrow."},
            calls={"zh": "明天停水,请先接好水。", "en": "There is no water tomorrow."},
            audience=[li],
        )
        key = start_broadcast(tx, draft, at=ports.clock.now())
        tx.commit()
    return key


@pytest.fixture
def phone(ports: Ports, wording: Wording, broadcast: int) -> Telephone:
    with ports.db.read() as conn:
        attempt = conn.execute(select(metadata.tables["outbox"].c.id)).scalar_one()
    return Telephone(ports, wording, ALONE, attempt=attempt)


def _delivered(ports: Ports, broadcast: int) -> int:
    with ports.db.read() as conn:
        return messaging.progress(conn, broadcast).delivered


def test_sender_comes_first_then_the_message(ports: Ports, phone: Telephone) -> None:
    phone.dial()
    assert phone.heard.startswith("您好，这里是石滩村")
    assert "录音" in phone.heard
    assert "明天停水" not in phone.heard, "a machine would keep it for anybody"
    phone.press("1")
    assert "明天停水" in phone.heard


def test_message_is_delivered_when_it_was_heard_and_not_before(ports: Ports, phone: Telephone, broadcast: int) -> None:
    phone.dial().press("1", "9")
    assert "明天停水" in phone.heard
    assert _delivered(ports, broadcast) == 0
    phone.press("1")
    assert phone.says("call.outbound.thanks")
    assert phone.is_over
    assert _delivered(ports, broadcast) == 1
    phone.repeat()
    assert _delivered(ports, broadcast) == 1


def test_silence_is_no_delivery_and_no_bare_hang_up(ports: Ports, phone: Telephone, broadcast: int) -> None:
    phone.dial().stay_silent(3)
    assert phone.says("call.outbound.unheard")
    assert phone.is_over
    assert _delivered(ports, broadcast) == 0


def test_zero_asks_for_a_person(ports: Ports, phone: Telephone, community: Community) -> None:
    assert phone.dial().press("0").says("call.person.noted")
    with ports.db.read() as conn:
        assert len(inbox.waiting(conn, community.id)) == 1


def test_message_that_is_no_longer_wanted_is_not_said(ports: Ports, phone: Telephone) -> None:
    phone.dial().press("1", "1")
    again = Telephone(ports, phone.wording, ALONE, carrier_id="CA2", attempt=phone.attempt).dial()
    assert again.says("call.outbound.gone")
    assert again.is_over


def test_attempt_that_never_was_is_answered_politely(ports: Ports, wording: Wording, community: Community) -> None:
    assert Telephone(ports, wording, ALONE, attempt=99).dial().says("call.outbound.gone")
