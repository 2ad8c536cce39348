"""Codes as RFC 6238 and RFC 4226 give them, and as no one gives them twice."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from gateway.kernel.errors import RuleError
from gateway.kernel.ports import Ports
from gateway.staff import actions, signing_in, totp, views
from gateway.staff.model import Role, Staff
from tests.fakes import NOON, StillClock

# RFC 6238, appendix B: (seconds, SHA-1, SHA-256, SHA-512), eight digits.
VECTORS = (
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
)
SEED = b"12345678901234567890"
# RFC 4226, appendix D.
HOTP = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")


@pytest.mark.parametrize(("seconds", "sha1", "sha256", "sha512"), VECTORS)
def test_code_is_that_of_the_standard(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    step = totp.step_at(datetime.fromtimestamp(seconds, UTC))
    seeds = (SEED, (SEED * 2)[:32], (SEED * 4)[:64])
    digests = (hashlib.sha1, hashlib.sha256, hashlib.sha512)
    found = [totp.code_at(seed, step, digits=8, digest=digest) for seed, digest in zip(seeds, digests, strict=True)]
    assert found == [sha1, sha256, sha512]


def test_code_by_counter_is_that_of_the_standard() -> None:
    assert tuple(totp.code_at(SEED, step) for step in range(10)) == HOTP


def test_address_is_what_apps_read() -> None:
    address = totp.address_of(SEED, name="林 wang", issuer="Xiangyin")
    assert address.startswith("otpauth://totp/Xiangyin%3A%E6%9E%97%20wang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&")
    assert totp.secret_text(SEED).startswith("GEZD GNBV")


@pytest.fixture
def wang(ports: Ports) -> Staff:
    with ports.db.work() as tx:
        made = actions.add_staff(tx, "wang", "correct-horse-battery", Role.CLERK, None, at=NOON)
        tx.commit()
    return made


def _enrol(ports: Ports, staff: Staff, clock: StillClock) -> bytes:
    secret = signing_in.start_code(staff.id, ports=ports)
    signing_in.confirm_code(staff.id, totp.code_at(secret, totp.step_at(clock.now())), ports=ports)
    return secret


def test_code_counts_once_and_only_near_its_time(ports: Ports, wang: Staff, clock: StillClock) -> None:
    secret = _enrol(ports, wang, clock)

    def code(steps: int) -> str:
        return totp.code_at(secret, totp.step_at(clock.now()) + steps)

    assert not signing_in.check_code(wang.id, code(0), ports=ports)
    clock.advance(minutes=5)
    assert not signing_in.check_code(wang.id, code(-2), ports=ports)
    assert not signing_in.check_code(wang.id, code(2), ports=ports)
    assert signing_in.check_code(wang.id, f"{code(1)[:3]} {code(1)[3:]}", ports=ports)
    assert not signing_in.check_code(wang.id, code(1), ports=ports)
    # A step before one that was used is used up too.
    assert not signing_in.check_code(wang.id, code(0), ports=ports)


def test_secret_counts_from_its_first_right_code_on(ports: Ports, wang: Staff, clock: StillClock) -> None:
    signing_in.start_code(wang.id, ports=ports)
    with pytest.raises(RuleError):
        signing_in.confirm_code(wang.id, "000000", ports=ports)
    with ports.db.read() as conn:
        assert not views.staff(conn, wang.id).has_code
    secret = _enrol(ports, wang, clock)
    entry = signing_in.Entry("wang", "correct-horse-battery", "", "10.0.0.1")
    assert signing_in.sign_in(entry, ports=ports) is None
    clock.advance(minutes=1)
    right = totp.code_at(secret, totp.step_at(clock.now()))
    entry = signing_in.Entry("wang", "correct-horse-battery", right, "10.0.0.1")
    found = signing_in.sign_in(entry, ports=ports)
    assert found is not None
    assert found.has_code
