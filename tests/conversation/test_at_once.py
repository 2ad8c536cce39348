"""The usual vote by text takes the short way, says and writes what the general way does, and falls back to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from gateway.conversation import at_once, texts
from gateway.conversation.frozen import Frozen
from gateway.conversation.store import asked
from gateway.conversation.texts import receive_text
from gateway.kernel.ports import Ports
from gateway.messaging.store.tables import inbox, redaction
from gateway.polls import closing, views
from gateway.polls.actions import cast
from gateway.polls.inviting import ask_for_votes
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, SHARED, a_poll, a_village, resident_id
from tests.conversation.texting import Texting


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def li(ports: Ports, wording: Wording, community: Community) -> Texting:
    return Texting(ports, wording, ALONE)


@pytest.fixture
def general(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that took the general way."""
    taken: list[str] = []
    handle = texts._handle

    def handle_and_note(tx: Any, inbound: Any) -> list[str]:
        taken.append(inbound.incoming.body)
        return handle(tx, inbound)

    monkeypatch.setattr(texts, "_handle", handle_and_note)
    return taken


def rows(ports: Ports) -> tuple[list[Any], ...]:
    """What a vote leaves beside the ballot, without names of texts and sealed words."""
    with ports.db.read() as conn:
        claims = conn.execute(select(inbox.c.kind, inbox.c.state, inbox.c.received_on, inbox.c.community_id,
                                     inbox.c.resident_id, inbox.c.sealed_text)).all()  # fmt: skip
        emptied = conn.execute(select(redaction.c.due_at, redaction.c.tries)).all()
        questions = conn.execute(select(asked.c.kind, asked.c.ref, asked.c.sealed, asked.c.after)).all()
    return [tuple(row) for row in claims], [tuple(row) for row in emptied], [tuple(row) for row in questions]


def a_text(ports: Ports, wording: Wording, body: str, frozen: Frozen, serial: int) -> list[str]:
    incoming = replace(Texting(ports, wording, ALONE).compose(body), carrier_id=f"SM{serial}")
    return receive_text(incoming, ports=ports, wording=wording, carrier_name="simulator", frozen=frozen)


def test_usual_vote_takes_the_short_way(ports: Ports, community: Community, li: Texting, general: list[str]) -> None:
    number = a_poll(ports, community)
    first = li.text(f"投{number} 1")
    assert "已收到" in first
    assert li.text(f"表决{number} 反对") == first
    assert general == []
    with ports.db.read() as conn:
        assert views.turnout(conn, number).participants == 1


@pytest.mark.parametrize("before", ["", "asked"])
def test_both_ways_say_and_write_the_same(
    ports: Ports, wording: Wording, community: Community, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    number = a_poll(ports, community)
    li = Texting(ports, wording, ALONE)
    if before == "asked":
        a_poll(ports, community)
        li.text("好的")
    short = li.text(f"投{number} 1"), rows(ports)
    with ports.db.work() as tx:
        for kept in (inbox, redaction, asked):
            tx.execute(kept.delete())
        tx.commit()
    monkeypatch.setattr(texts, "vote_at_once", lambda *_: None)
    li = Texting(ports, wording, ALONE)
    if before == "asked":
        li.text("好的")
    assert (li.text(f"投{number} 1"), rows(ports)) == short


def test_repeat_gets_the_first_answer_and_changes_nothing(
    ports: Ports, community: Community, li: Texting, general: list[str]
) -> None:
    number = a_poll(ports, community)
    incoming = li.compose(f"投{number} 1")
    first = li.send(incoming)
    before = rows(ports)
    assert [li.send(incoming) for _ in range(3)] == [first] * 3
    assert rows(ports) == before


@pytest.mark.parametrize("body", ["投{0} 1 投{1} 2", "#10019 投{0} 1", "议题 村口路灯坏了", "投{0} 7", "好的"])
def test_other_texts_take_the_general_way(
    ports: Ports, community: Community, li: Texting, general: list[str], body: str
) -> None:
    text = body.format(a_poll(ports, community), a_poll(ports, community))
    li.text(text)
    assert general == [text]


def test_shared_telephone_takes_the_general_way(
    ports: Ports, wording: Wording, community: Community, general: list[str]
) -> None:
    number = a_poll(ports, community)
    Texting(ports, wording, SHARED).text(f"投{number} 1")
    assert len(general) == 1


def test_poll_that_was_closed_meanwhile_takes_no_vote_though_it_is_remembered(
    ports: Ports, wording: Wording, community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed between the two trips: the second finds it so, writes nothing, and the general way says it."""
    number, frozen = a_poll(ports, community), Frozen()
    a_text(ports, wording, f"投{number} 1", frozen, 1)
    make = at_once.polls.make_ballot
    monkeypatch.setattr(
        at_once.polls,
        "make_ballot",
        lambda *given, **more: (make(*given, **more), closing.close_poll(number, ports=ports, wording=wording))[0],
    )
    (answer,) = a_text(ports, wording, f"投{number} 2", frozen, 2)
    assert answer == wording.say("text.vote.not_open", "zh", village="石滩村", poll=number)
    with ports.db.read() as conn:
        assert views.result(conn, number).participants == 1


def test_vote_in_person_stands_against_the_short_way(
    ports: Ports, wording: Wording, community: Community, li: Texting, general: list[str]
) -> None:
    number = a_poll(ports, community)
    with ports.db.work() as tx:
        cast(tx, number, resident_id(ports, community, "10019"), "yes", ports=ports, in_person=True)
        tx.commit()
    assert li.text(f"投{number} 2") == li.says("vote.in_person", poll=number)
    assert len(general) == 1


def test_invitation_under_way_is_answered_by_the_general_way(
    ports: Ports, wording: Wording, community: Community, li: Texting, general: list[str]
) -> None:
    number = a_poll(ports, community)
    with ports.db.work() as tx:
        ask_for_votes(tx, number, at=ports.clock.now(), wording=wording)
        tx.commit()
    li.text(f"投{number} 1")
    assert len(general) == 1
    li.text(f"投{number} 2")
    assert len(general) == 1
