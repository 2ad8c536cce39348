"""Who is missing: counted by kinds of people, small kinds kept back so that nothing follows from the totals."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.ports import Ports
from gateway.messaging import contacts
from gateway.messaging.actions import start_broadcast
from gateway.messaging.model import BroadcastDraft
from gateway.overview import views
from gateway.overview.model import Person, count_missing, protect
from gateway.roll import views as roll
from gateway.topics import actions as topics
from tests.fakes import NOON
from tests.polls.village import a_village


def people_of(*groups: int) -> list[Person]:
    """So many people in each of several groups."""
    kinds = [name for name, count in enumerate(groups) for _ in range(count)]
    return [Person(at, "65+", f"g{kind}", "text", None) for at, kind in enumerate(kinds)]


def test_small_kinds_are_kept_back_and_another_with_them() -> None:
    cells = protect(people_of(20, 3, 9), lambda one: one.group, frozenset(range(0, 32, 2)), frozenset())
    assert [(one.people, one.reached is None) for one in cells] == [(20, False), (3, True), (9, True)]


def test_kind_of_whom_nobody_was_reached_is_what_is_shown() -> None:
    cells = protect(people_of(20, 12), lambda one: one.group, frozenset(range(20)), frozenset())
    assert [one.reached for one in cells] == [20, 0]


def test_fewer_than_ten_people_have_no_counts_at_all() -> None:
    made = count_missing(people_of(5, 4), {1}, since=NOON - timedelta(days=365), at=NOON)
    assert (made.people, made.never_reached, made.took_part) == (9, None, None)
    assert {one.reached for one in made.by_group} == {None}


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.data())
def test_no_kept_back_number_follows_from_the_totals(sizes: list[int], data: st.DataObject) -> None:
    people = people_of(*sizes)
    reached = frozenset(data.draw(st.sets(st.sampled_from([one.resident_id for one in people]))))
    cells = protect(people, lambda one: one.group, reached, reached)
    hidden = [one for one in cells if one.reached is None]
    assert all(one.reached is None for one in cells if one.people < 5)
    # One hidden kind alone is the total less the others; where all are alike, the total says it of everybody anyway.
    assert len(hidden) != 1 or len(cells) == 1 or len(reached) in (0, len(people))


def test_contact_and_part_are_found_in_every_room(ports: Ports) -> None:
    village = a_village(ports, 12, groups=("东", "西"))
    now = ports.clock.now()
    with ports.db.work() as tx:
        draft = BroadcastDraft(village.id, "notice", "", {"zh": "好"}, {}, village.people[:3])
        start_broadcast(tx, draft, at=now)
        topic = topics.raise_topic(tx, village.id, village.people[0], "路坏了", at=now)
        topics.support(tx, topic.id, village.people[1], at=now)
        tx.commit()
    with ports.db.read() as conn:
        here = roll.community(conn, village.id)
        assert contacts.last_contacts(conn, village.id) == {}
        made = views.missing(conn, here, now)
        unheard = views.never_reached(conn, here)
    assert (made.people, made.never_reached, made.took_part) == (12, 12, 2)
    assert [(one.name, one.people) for one in made.by_last_contact] == [("never", 12)]
    assert len(unheard) == 12
    assert unheard[0].has_phone


def test_delivery_and_a_text_are_contacts(ports: Ports) -> None:
    from sqlalchemy import update

    from gateway.kernel.db import metadata
    from gateway.messaging import inbox

    village = a_village(ports, 12)
    now = ports.clock.now()
    with ports.db.work() as tx:
        draft = BroadcastDraft(village.id, "notice", "", {"zh": "好"}, {}, village.people[:3])
        start_broadcast(tx, draft, at=now)
        delivery = metadata.tables["delivery"]
        tx.execute(update(delivery).where(delivery.c.resident_id == village.people[0]).values(state="delivered"))
        key = inbox.claim(tx, "k", inbox.InboxKind.TEXT, at=now)
        assert key is not None
        inbox.settle(tx, key, state=inbox.InboxState.FOR_PERSON, community_id=village.id,
                     resident_id=village.people[5])  # fmt: skip
        tx.commit()
    with ports.db.read() as conn:
        last = contacts.last_contacts(conn, village.id)
        here = roll.community(conn, village.id)
        _, missed = views.overview(conn, [here], now).standings[0]
        unheard = views.never_reached(conn, here)
    assert set(last) == {village.people[0], village.people[5]}
    assert (missed.reached, missed.never_reached) == (2, 10)
    assert len(unheard) == 10
