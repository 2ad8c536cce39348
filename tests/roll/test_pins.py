"""PINs: kept so that the database tells none, five wrong tries lock one person and nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gateway.kernel.errors import NotFound
from gateway.kernel.ports import Ports
from gateway.kernel.secret import Secret
from gateway.roll import actions, views
from gateway.roll.model import PinCheck, is_easy_pin, make_pin
from gateway.roll.pins import hash_pin, is_pin
from tests.fakes import SeededRandomness
from tests.roll.people import a_community, by_code, enter

PEOPLE = "name,code,pin\nWang,20475,7351\nLi,10213,2846\n"


@pytest.fixture
def person(ports: Ports) -> int:
    enter(ports, a_community(ports), PEOPLE)
    return _id(ports, "20475")


def _id(ports: Ports, code: str) -> int:
    with ports.db.read() as conn:
        return by_code(ports, views.community_by_code(conn, "shitan"), code).id


def _check(ports: Ports, resident_id: int, pin: str) -> PinCheck:
    return actions.check_pin(ports.db, resident_id, pin, clock=ports.clock, secret=ports.secret)


def test_pin_right_and_wrong(ports: Ports, person: int) -> None:
    assert _check(ports, person, "7351") is PinCheck.RIGHT
    assert _check(ports, person, "2846") is PinCheck.WRONG
    assert _check(ports, person, "") is PinCheck.WRONG
    assert _check(ports, 999_999, "7351") is PinCheck.WRONG


def test_pin_locks_after_five_wrong_for_one_person_until_reset(ports: Ports, person: int) -> None:
    outcomes = [_check(ports, person, "0007") for _ in range(5)]
    assert outcomes == [PinCheck.WRONG] * 4 + [PinCheck.LOCKED]
    assert _check(ports, person, "7351") is PinCheck.LOCKED
    assert _check(ports, _id(ports, "10213"), "2846") is PinCheck.RIGHT
    with ports.db.read() as conn:
        assert views.resident_details(conn, person).pin_locked
    with ports.db.work() as tx:
        pin = actions.reset_pin(tx, person, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    assert _check(ports, person, "7351") is PinCheck.WRONG
    assert _check(ports, person, pin) is PinCheck.RIGHT


def test_pin_count_starts_anew_after_a_right_one(ports: Ports, person: int) -> None:
    for _ in range(3):
        assert [_check(ports, person, "0007") for _ in range(4)] == [PinCheck.WRONG] * 4
        assert _check(ports, person, "7351") is PinCheck.RIGHT


def test_pin_right_writes_nothing(ports: Ports, person: int) -> None:
    def row() -> object:
        column = "rowid" if ports.db.is_sqlite else "xmin"
        with ports.db.read() as conn:
            return conn.execute(text(f"SELECT {column}, pin_failures FROM resident WHERE id = {person}")).one()

    before = row()
    assert _check(ports, person, "7351") is PinCheck.RIGHT
    assert row() == before


def test_pin_guessed_from_many_lines_at_once_locks(ports: Ports, person: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: _check(ports, person, f"{n:04d}"), range(40)))
    assert _check(ports, person, "7351") is PinCheck.LOCKED


def test_pin_reset_needs_somebody(ports: Ports) -> None:
    with ports.db.work() as tx, pytest.raises(NotFound):
        actions.reset_pin(tx, 1, randomness=ports.randomness, secret=ports.secret)


def test_pin_stands_nowhere_in_the_database(ports: Ports, person: int) -> None:
    with ports.db.read() as conn:
        rows = conn.execute(text("SELECT pin_hash FROM resident")).scalars().all()
    assert all(row.startswith("$argon2id$") for row in rows)
    assert not any("7351" in row for row in rows)


def test_pin_hash_needs_the_installations_secret() -> None:
    mine, other = Secret(b"a" * 32), Secret(b"b" * 32)
    kept = hash_pin("7351", randomness=SeededRandomness(), secret=mine)
    assert is_pin("7351", kept, secret=mine)
    assert not is_pin("7351", kept, secret=other)
    assert not is_pin("7351", "rubbish", secret=mine)


def test_pins_made_are_not_easy() -> None:
    randomness = SeededRandomness()
    made = {make_pin(randomness=randomness) for _ in range(5000)}
    assert not {"0000", "1234", "9999", "4321"} & made
    assert all(len(pin) == 4 for pin in made)
    assert [pin for pin in map("{:04d}".format, range(10_000)) if is_easy_pin(pin)] == [
        "0000", "0123", "1111", "1234", "2222", "2345", "3210", "3333", "3456", "4321", "4444", "4567", "5432", "5555",
        "5678", "6543", "6666", "6789", "7654", "7777", "8765", "8888", "9876", "9999",
    ]  # fmt: skip
