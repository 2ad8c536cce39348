"""The roll in the database: entered whole or not at all, asked in every way the product asks, changed with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from sqlalchemy import event

from gateway.kernel.errors import Conflict, GatewayError, InputError, NotFound
from gateway.kernel.ids import has_valid_check_digit
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll import actions, views
from gateway.roll.entering import find_clashes
from gateway.roll.importing import ParsedRoll, parse_roll
from gateway.roll.model import ChangeKind, Channel, NewCommunity, StopKind
from tests.fakes import StillClock
from tests.roll.people import LINE, a_community, by_code, enter

SHARED = "+8613812345678"
PEOPLE = f"""name,phone,phone2,code,pin,household,group,channel,language
王秀英,{SHARED},,20475,7351,1,east,call,
李大山,13900000001,{SHARED},10213,2846,1,west,text,en
陈小明,,,30011,,2,west,text,
"""


def test_community_is_found_by_code_line_and_id(ports: Ports) -> None:
    made = a_community(ports)
    with ports.db.work() as tx:
        child = actions.add_community(
            tx,
            NewCommunity(
                "xiaoxi",
                "小溪村",
                PhoneNumber("+8657100000001"),
                "shitan",
                more_numbers=(PhoneNumber("+8657100000002"),),
            ),
        )
        tx.commit()
    with ports.db.read() as conn:
        assert views.community_by_code(conn, "shitan") == made == views.community(conn, made.id)
        assert made.languages == ("zh", "en")
        assert made.line == LINE
        assert views.community_by_line(conn, PhoneNumber("+8657100000002")) == child
        assert child.parent_id == made.id
        assert views.community_by_line(conn, PhoneNumber("+8657100000009")) is None
        assert [c.code for c in views.communities(conn)] == ["shitan", "xiaoxi"]
        assert [n.e164[-1] for n in views.community_lines(conn, child.id)] == ["1", "2"]
        with pytest.raises(NotFound):
            views.community_by_code(conn, "nowhere")


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewCommunity("Shi Tan", "x"), "community_code_unreadable"),
        (NewCommunity("ok", " "), "community_name_missing"),
        (NewCommunity("ok", "x", timezone="Mars/Base"), "timezone_unknown"),
        (NewCommunity("ok", "x", timezone="../../etc/passwd"), "timezone_unknown"),
        (NewCommunity("ok", "x", languages=("??",)), "language_unreadable"),
        (NewCommunity("ok", "x", parent_code="none"), "community_unknown"),
        (NewCommunity("shitan", "x"), "community_exists"),
        (NewCommunity("ok", "x", LINE), "line_taken"),
    ],
)
def test_community_is_refused_when_something_is_wrong(ports: Ports, new: NewCommunity, code: str) -> None:
    a_community(ports)
    with ports.db.work() as tx, pytest.raises(GatewayError) as refusal:
        actions.add_community(tx, new)
    assert refusal.value.code == code


def test_import_keeps_what_the_file_says(ports: Ports) -> None:
    community = a_community(ports)
    report = enter(ports, community, PEOPLE)
    assert report.added == 3
    assert [(made.code, bool(made.pin)) for made in report.made] == [("30011", True)]
    with ports.db.read() as conn:
        shared = views.residents_on_phone(conn, community.id, PhoneNumber(SHARED))
        assert [person.code for person in shared] == ["10213", "20475"]
        assert (shared[0].language, shared[1].language) == ("en", "zh")
        assert shared[1].channel is Channel.CALL
        assert views.is_registered(conn, PhoneNumber("+8613900000001"))
        assert not views.is_registered(conn, PhoneNumber("+8613900000002"))
        reach = views.reach(conn, [person.id for person in reversed(shared)])
        assert [[p.e164 for p in r.phones] for r in reach] == [[SHARED], ["+8613900000001", SHARED]]


def test_import_made_codes_are_unique_and_checked(ports: Ports) -> None:
    community = a_community(ports)
    names = "\n".join(f"人{n}" for n in range(1200))
    report = enter(ports, community, f"name\n{names}\n")
    codes = [made.code for made in report.made]
    assert len(set(codes)) == 1200
    assert all(has_valid_check_digit(code) for code in codes)
    # 1200 people need 12,000 codes at one in ten: five digits and the check digit.
    assert {len(code) for code in codes} == {6}
    assert all(len(made.pin) == 4 for made in report.made)


def test_import_enters_nobody_when_one_line_is_wrong(ports: Ports) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    for text in (PEOPLE, "name\nA\nB\nB\n", "name,phone\n新人,bad\n"):
        with pytest.raises(InputError) as refusal:
            enter(ports, community, text)
        assert refusal.value.code == "roll_has_problems"
    with ports.db.read() as conn:
        assert views.roll_size(conn, community.id) == 3


def test_import_finds_codes_and_people_that_are_there(ports: Ports) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    again = f"name,phone,code,household\nNew,,20475,\n王秀英,{SHARED},,1\n王秀英,{SHARED},,2\n"
    with ports.db.read() as conn:
        found = find_clashes(conn, community.id, parse_roll(again.encode(), region="CN"))
    assert [(p.line, p.code) for p in found] == [(2, "code_taken"), (3, "person_exists")]


def test_import_allows_the_same_code_in_another_community(ports: Ports) -> None:
    here, there = a_community(ports), a_community(ports, "xiaoxi", PhoneNumber("+8657100000001"))
    enter(ports, here, PEOPLE)
    enter(ports, there, PEOPLE)
    with ports.db.read() as conn:
        assert len(views.residents_on_phone(conn, there.id, PhoneNumber(SHARED))) == 2


def test_electorate_leaves_out_guests_and_removed(ports: Ports, clock: StillClock) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    enter(ports, community, "name,code\n专家,55555\n", guests=True)
    with ports.db.work() as tx:
        actions.remove_resident(
            tx, by_code(ports, community, "30011").id, reason="moved away", by="test", at=clock.now()
        )
        tx.commit()
    with ports.db.read() as conn:
        electors = views.electorate(conn, community.id)
        assert [(e.group, e.household) for e in electors] == [("west", "1"), ("east", "1")]
        assert len(views.community_resident_ids(conn, community.id)) == 3
        assert views.resident_by_code(conn, community.id, "55555").is_guest


def test_removed_resident_is_gone_and_the_code_stays_taken(ports: Ports, clock: StillClock) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    person = by_code(ports, community, "10213")
    with ports.db.work() as tx:
        actions.remove_resident(tx, person.id, reason=" moved away ", by="wang", at=clock.now())
        tx.commit()
    with ports.db.read() as conn:
        assert views.resident_by_code(conn, community.id, "10213") is None
        assert not views.is_registered(conn, PhoneNumber("+8613900000001"))
        assert [p.code for p in views.residents_on_phone(conn, community.id, PhoneNumber(SHARED))] == ["20475"]
        assert views.reach(conn, [person.id]) == []
        assert views.resident(conn, person.id).name == "李大山"
        (change,) = views.roll_changes(conn, community.id)
        assert (change.kind, change.resident_code, change.reason, change.by) == (
            "remove",
            "10213",
            "moved away",
            "wang",
        )
    with pytest.raises(InputError):
        enter(ports, community, "name,code\n新人,10213\n")


def test_roll_changes_only_with_a_reason(ports: Ports, clock: StillClock) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    person = by_code(ports, community, "10213")
    with ports.db.work() as tx, pytest.raises(InputError):
        actions.remove_resident(tx, person.id, reason="  ", by="x", at=clock.now())
    with ports.db.work() as tx, pytest.raises(InputError):
        actions.note_change(tx, community.id, ChangeKind.IMPORT, reason="", by="x", at=clock.now())


def test_language_and_stop_are_kept(ports: Ports) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    person = by_code(ports, community, "10213")
    with ports.db.work() as tx:
        actions.set_language(tx, person.id, "zh-CN")
        actions.set_stop(tx, person.id, StopKind.BROADCASTS)
        with pytest.raises(NotFound):
            actions.set_stop(tx, 999_999, StopKind.NOTHING)
        tx.commit()
    changed = by_code(ports, community, "10213")
    assert (changed.language, changed.stopped) == ("zh", StopKind.BROADCASTS)


def test_reach_takes_more_people_than_one_statement_holds(ports: Ports) -> None:
    community = a_community(ports)
    enter(ports, community, "name,phone\n" + "\n".join(f"人{n},1381{n:07d}" for n in range(2500)))
    with ports.db.read() as conn:
        ids = views.community_resident_ids(conn, community.id)
        assert [r.resident_id for r in views.reach(conn, [*ids, ids[0]])] == ids


def test_questions_of_an_inbound_text_are_one_query_each(ports: Ports) -> None:
    community = a_community(ports)
    enter(ports, community, PEOPLE)
    statements: list[str] = []
    with ports.db.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda _c, _cur, statement, *_: statements.append(statement))
        views.community_by_line(conn, LINE)
        views.residents_on_phone(conn, community.id, PhoneNumber(SHARED))
    assert len([s for s in statements if s.startswith("SELECT")]) == 2


def test_two_thousand_people_are_imported(ports: Ports, figure: Callable[[str], None]) -> None:
    community = a_community(ports)
    parsed: ParsedRoll = parse_roll(
        ("name,phone\n" + "\n".join(f"人{n},1381{n:07d}" for n in range(2000))).encode(), region="CN"
    )
    start = time.perf_counter()
    with ports.db.work() as tx:
        actions.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    seconds = time.perf_counter() - start
    name = "SQLite" if ports.db.is_sqlite else "PostgreSQL"
    figure(f"roll import into {name}, PINs hashed: {2000 / seconds:,.0f} lines/s")
    with ports.db.read() as conn:
        assert views.roll_size(conn, community.id) == 2000


def test_community_added_twice_at_once_is_refused(ports: Ports) -> None:
    a_community(ports)
    with ports.db.work() as tx, pytest.raises(Conflict):
        actions.add_community(tx, NewCommunity("shitan", "again"))
