"""Accounts: the right password opens, ten wrong ones lock for a while, an unknown name tells nothing."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from gateway.kernel.errors import Conflict, GatewayError, NotFound
from gateway.kernel.ports import Ports
from gateway.staff import actions, views
from gateway.staff.model import Role, Staff, make_password
from tests.fakes import NOON, SeededRandomness, StillClock

PASSWORD = "correct-horse-battery"


@pytest.fixture
def wang(ports: Ports) -> Staff:
    with ports.db.work() as tx:
        made = actions.add_staff(tx, " wang ", PASSWORD, Role.CLERK, None, at=NOON)
        tx.commit()
    return made


def _sign_in(ports: Ports, password: str, name: str = "wang") -> Staff | None:
    return actions.check_password(ports.db, name, password, clock=ports.clock)


def test_password_opens_its_own_account_alone(ports: Ports, wang: Staff) -> None:
    assert _sign_in(ports, PASSWORD) == wang
    assert _sign_in(ports, PASSWORD + "x") is None
    assert _sign_in(ports, "") is None
    assert _sign_in(ports, PASSWORD, "li") is None


def test_password_locks_after_ten_wrong_for_a_quarter_of_an_hour(ports: Ports, wang: Staff, clock: StillClock) -> None:
    for _ in range(10):
        assert _sign_in(ports, "wrong") is None
    assert _sign_in(ports, PASSWORD) is None
    clock.advance(minutes=14)
    assert _sign_in(ports, PASSWORD) is None
    clock.advance(minutes=2)
    assert _sign_in(ports, PASSWORD) == wang


def test_password_right_starts_counting_anew(ports: Ports, wang: Staff) -> None:
    for _ in range(2):
        assert [_sign_in(ports, "wrong") for _ in range(9)] == [None] * 9
        assert _sign_in(ports, PASSWORD) == wang


def test_disabled_account_signs_in_no_more(ports: Ports, wang: Staff) -> None:
    with ports.db.work() as tx:
        actions.disable_staff(tx, "wang")
        with pytest.raises(NotFound):
            actions.disable_staff(tx, "li")
        tx.commit()
    assert _sign_in(ports, PASSWORD) is None
    with ports.db.read() as conn:
        assert views.staff(conn, wang.id).disabled


def test_unknown_name_takes_as_long_as_a_known_one(ports: Ports, wang: Staff) -> None:
    def seconds(name: str) -> float:
        start = time.process_time()
        _sign_in(ports, "wrong", name)
        return time.process_time() - start

    known = min(seconds("wang") for _ in range(3))
    unknown = min(seconds("nobody") for _ in range(3))
    assert unknown > known / 3


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [("", PASSWORD, "staff_name_unreadable"), ("x" * 61, PASSWORD, "staff_name_unreadable"),
     ("a\nb", PASSWORD, "staff_name_unreadable"), ("li", "short", "password_too_short"), ("wang", PASSWORD, "staff_exists")],
)  # fmt: skip
def test_account_is_refused_when_something_is_wrong(
    ports: Ports, wang: Staff, name: str, password: str, code: str
) -> None:
    with ports.db.work() as tx, pytest.raises(GatewayError) as refusal:
        actions.add_staff(tx, name, password, Role.AUDITOR, at=NOON)
    assert refusal.value.code == code


def test_accounts_are_listed_by_name_and_keep_no_password(ports: Ports, wang: Staff) -> None:
    with ports.db.work() as tx:
        actions.add_staff(tx, "an", PASSWORD, Role.RETURNING_OFFICER, at=NOON)
        with pytest.raises(Conflict):
            actions.add_staff(tx, "an", PASSWORD, Role.CLERK, at=NOON)
        tx.commit()
    with ports.db.read() as conn:
        assert [(a.name, a.role) for a in views.all_staff(conn)] == [
            ("an", Role.RETURNING_OFFICER),
            ("wang", Role.CLERK),
        ]
        kept = conn.execute(text("SELECT password_hash FROM staff")).scalars().all()
    assert all(value.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for value in kept)
    assert len(set(kept)) == 2


def test_passwords_made_are_long_and_different() -> None:
    randomness = SeededRandomness()
    made = {make_password(randomness=randomness) for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 19 for password in made)
