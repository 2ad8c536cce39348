"""Guessing is slow, and slows down nobody who is at home here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from gateway.kernel.ports import Ports
from gateway.staff import actions, signing_in
from gateway.staff.model import Role, Staff
from gateway.staff.signing_in import Entry
from tests.fakes import NOON, StillClock

PASSWORD = "correct-horse-battery"


@pytest.fixture
def wang(ports: Ports) -> Staff:
    with ports.db.work() as tx:
        made = actions.add_staff(tx, "wang", PASSWORD, Role.CLERK, None, at=NOON)
        tx.commit()
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of tries are made here: only the hash is skipped, by comparing what it would be the hash of."""
    monkeypatch.setattr(signing_in, "is_password", lambda password, _hash: password == PASSWORD)
    monkeypatch.setattr(signing_in, "waste_time", lambda _password: None)


def _try(ports: Ports, address: str, password: str = "wrong", name: str = "wang", marks: tuple[str, ...] = ()) -> bool:
    return signing_in.sign_in(Entry(name, password, "", address, marks), ports=ports) is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_guessing_from_many_addresses_gets_a_hundred_tries_an_hour(
    ports: Ports, wang: Staff, clock: StillClock, figure: Callable[[str], None]
) -> None:
    let_in = 0
    for index in range(300):
        # After the limit even the right password opens nothing, so the guesser learns nothing.
        let_in += _try(ports, f"10.0.{index}.1", PASSWORD if index > 100 else "wrong")
    assert let_in == 0
    mark = signing_in.mark_for(wang.id, ports=ports)
    assert _try(ports, "192.168.1.5", PASSWORD, marks=("bad.mark", mark))
    figure("sign-in: 300 guesses from 300 addresses, 0 let in; the clerk's own browser signs in meanwhile")
    clock.advance(hours=1, minutes=1)
    assert _try(ports, "10.9.9.9", PASSWORD)


def test_one_address_gets_ten_tries_a_name(ports: Ports, wang: Staff, clock: StillClock) -> None:
    assert not any(_try(ports, "10.0.0.1") for _ in range(10))
    assert not _try(ports, "10.0.0.1", PASSWORD)
    assert _try(ports, "10.0.0.2", PASSWORD)
    clock.advance(minutes=16)
    assert _try(ports, "10.0.0.1", PASSWORD)


def test_marked_browser_has_ten_tries_of_its_own(ports: Ports, wang: Staff) -> None:
    mark = signing_in.mark_for(wang.id, ports=ports)
    assert not any(_try(ports, "10.0.0.1", marks=(mark,)) for _ in range(10))
    assert not _try(ports, "10.0.0.1", PASSWORD, marks=(mark,))
    assert _try(ports, "10.0.0.1", PASSWORD)


def test_mark_of_another_account_counts_for_nothing(ports: Ports, wang: Staff) -> None:
    forged = signing_in.mark_for(wang.id + 1, ports=ports)
    assert not any(_try(ports, "10.0.0.1", marks=(forged,)) for _ in range(10))
    assert not _try(ports, "10.0.0.1", PASSWORD, marks=(forged,))


def test_right_password_counts_as_no_try(ports: Ports, wang: Staff) -> None:
    assert all(_try(ports, "10.0.0.1", PASSWORD) for _ in range(30))


def test_spraying_one_password_over_names_ends_with_the_address(ports: Ports, wang: Staff) -> None:
    assert not any(_try(ports, "10.0.0.1", PASSWORD, name=f"nobody-{index}") for index in range(60))
    assert not _try(ports, "10.0.0.1", PASSWORD)


def test_session_is_kept_by_the_hash_of_its_key(ports: Ports, wang: Staff) -> None:
    key = signing_in.begin(wang.id, ports=ports)
    assert signing_in.find(key, ports=ports) is not None
    with ports.db.read() as conn:
        kept = conn.execute(text("SELECT key_hash FROM staff_session")).scalar_one()
    assert kept != key
    assert signing_in.find(kept, ports=ports) is None
    signing_in.end(key, ports=ports)
    assert signing_in.find(key, ports=ports) is None
