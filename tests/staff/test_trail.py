"""The trail shows every change of itself; what waits for a second person waits for another one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gateway.kernel.errors import GatewayError
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll.actions import add_community
from gateway.roll.model import NewCommunity
from gateway.staff import actions, releasing, views
from gateway.staff.model import ReleaseState, Role
from tests.fakes import NOON, StillClock


@pytest.fixture
def here(ports: Ports) -> int:
    with ports.db.work() as tx:
        made = add_community(tx, NewCommunity("shitan", "石滩村", PhoneNumber("+8657188880001")))
        tx.commit()
    return made.id


def _note(ports: Ports, here: int, *acts: str) -> None:
    with ports.db.work() as tx:
        for act in acts:
            releasing.note_act(tx, act, "3", by="wang", role="clerk", status=100, at=NOON, community_id=here)
        tx.commit()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff_act SET by = 'li' WHERE id = 2",
        "UPDATE staff_act SET subject = '4' WHERE id = 2",
        "UPDATE staff_act SET status = 200 WHERE id = 2",
        "DELETE FROM staff_act WHERE id = 2",
    ],
)
def test_trail_shows_where_it_was_altered(ports: Ports, here: int, change: str) -> None:
    _note(ports, here, "one", "two", "three")
    with ports.db.read() as conn:
        assert views.broken_at(conn) is None
        ids = [act.id for act in views.acts(conn, here, most=10)][::-1]
    with ports.db.work() as tx:
        tx.execute(text(change.replace("id = 2", f"id = {ids[1]}")))
        tx.commit()
    with ports.db.read() as conn:
        assert views.broken_at(conn) == (ids[2] if "DELETE" in change else ids[1])


def _refused(ports: Ports, verb: object, *values: object, **named: object) -> str:
    with ports.db.work() as tx, pytest.raises(GatewayError) as refusal:
        verb(tx, *values, **named)  # type: ignore[operator]
    return refusal.value.code


def test_release_takes_another_person_within_two_days(ports: Ports, here: int, clock: StillClock) -> None:
    def now() -> dict[str, object]:
        return {"at": clock.now()}

    with ports.db.work() as tx:
        number = releasing.ask(tx, here, "poll.open", "poll:3", by="wang", **now())
        tx.commit()
    assert _refused(ports, releasing.ask, here, "poll.open", "poll:3", by="li", **now()) == "release_asked"
    assert _refused(ports, releasing.agree, number, here, by="wang", **now()) == "second_person_same"
    assert _refused(ports, releasing.agree, number, here + 1, by="li", **now()) == "release_unknown"
    clock.advance(days=2)
    assert _refused(ports, releasing.agree, number, here, by="li", **now()) == "release_too_old"
    with ports.db.work() as tx:
        newer = releasing.ask(tx, here, "poll.open", "poll:3", by="wang", **now())
        assert releasing.agree(tx, newer, here, by="li", **now()).state is ReleaseState.AGREED
        # Again, after a crash before it was carried out.
        assert releasing.agree(tx, newer, here, by="wang", **now()).settled_by == "li"
        releasing.done(tx, newer)
        tx.commit()
    assert _refused(ports, releasing.agree, newer, here, by="li", **now()) == "release_over"
    assert _refused(ports, releasing.withdraw, newer, here, by="li", **now()) == "release_over"
    with ports.db.read() as conn:
        assert views.waiting_releases(conn, here) == []


def test_post_counts_before_ones_own_role_and_the_township_sees_its_villages(ports: Ports, here: int) -> None:
    with ports.db.work() as tx:
        clerk = actions.add_staff(tx, "wang", "correct-horse", Role.CLERK, here, at=NOON)
        town = actions.add_staff(tx, "town", "correct-horse", Role.TOWNSHIP, here, at=NOON)
        below = add_community(tx, NewCommunity("below", "下村", parent_code="shitan"))
        beside = add_community(tx, NewCommunity("beside", "旁村"))
        actions.set_post(tx, "wang", beside.id, Role.MODERATOR)
        tx.commit()
    with ports.db.read() as conn:
        roles = [
            [views.role_in(conn, staff, place, parent) for place, parent in ((here, None), (below.id, here), (beside.id, None))]
            for staff in (clerk, town)
        ]  # fmt: skip
    assert roles == [[Role.CLERK, None, Role.MODERATOR], [Role.TOWNSHIP, Role.TOWNSHIP, None]]
