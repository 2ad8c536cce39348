"""Ballots under lock: equal length, opened only by the private half, receipts that survive a slip of the thumb."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.ids import has_valid_check_digit
from gateway.polls import ballots
from gateway.polls.ballots import Ballot
from gateway.polls.slots import SlotKey, receipt_digits

PRIVATE = b"\x07" * 32
ROOM = 20
SLOT_KEY = b"\x09" * 32
SALT = b"s" * ballots.SALT_BYTES


@given(st.sampled_from(["", "yes", "no", "abstain", "9", "3>1>2>4>5>6>7>8>9"]), st.integers(0, 65535))
def test_ballot_comes_back_as_it_was_and_all_have_one_length(choice: str, group: int) -> None:
    sealed = ballots.seal(ballots.sealing_box(ballots.public_half(PRIVATE)), Ballot(choice, group, SALT), ROOM)
    plain = ballots.unseal(ballots.opening_box(PRIVATE), sealed, ROOM)
    assert ballots.read_ballot(plain) == Ballot(choice, group, SALT)
    assert len(sealed) == ROOM + 2 + ballots.SALT_BYTES + 48


def test_ballot_does_not_open_with_another_key_or_when_altered() -> None:
    sealed = ballots.seal(ballots.sealing_box(ballots.public_half(PRIVATE)), Ballot("yes", 0, SALT), ROOM)
    with pytest.raises(ValueError):
        ballots.unseal(ballots.opening_box(b"\x08" * 32), sealed, ROOM)
    with pytest.raises(ValueError):
        ballots.unseal(ballots.opening_box(PRIVATE), sealed[:-1] + bytes([sealed[-1] ^ 1]), ROOM)


def test_ballot_repr_shows_no_choice() -> None:
    assert "yes" not in repr(Ballot("yes", 0, SALT))


def test_ballot_too_long_is_refused_rather_than_cut() -> None:
    box = ballots.sealing_box(ballots.public_half(PRIVATE))
    with pytest.raises(ValueError):
        ballots.seal(box, Ballot("1" * (ROOM + 1), 0, SALT), ROOM)


def test_envelope_opens_with_its_key_for_its_elector_in_its_poll_alone() -> None:
    envelope = SlotKey(SLOT_KEY).enclose(3, 17, b"sealed")
    assert SlotKey(SLOT_KEY).disclose(3, 17, envelope) == b"sealed"
    assert SlotKey(SLOT_KEY).enclose(3, 17, b"sealed") != envelope
    altered = envelope[:-1] + bytes([envelope[-1] ^ 1])
    for key, poll, elector, found in (
        (PRIVATE, 3, 17, envelope),
        (SLOT_KEY, 4, 17, envelope),
        (SLOT_KEY, 3, 18, envelope),
        (SLOT_KEY, 3, 17, altered),
    ):
        with pytest.raises(ValueError):
            SlotKey(key).disclose(poll, elector, found)


def test_slot_differs_by_poll_resident_and_key() -> None:
    slots = {SlotKey(k).slot_of(p, r) for k in (SLOT_KEY, PRIVATE) for p in range(5) for r in range(50)}
    assert len(slots) == 500


@given(st.integers(1, 2000), st.integers(0, 5))
def test_receipt_has_a_check_digit_and_the_length_of_its_poll(electors: int, draw: int) -> None:
    digits = receipt_digits(electors)
    receipt = SlotKey(SLOT_KEY).receipt_of(SlotKey(SLOT_KEY).slot_of(1, electors), digits, draw)
    assert has_valid_check_digit(receipt)
    assert len(receipt) == digits + 1


def test_receipts_are_drawn_until_no_two_are_alike() -> None:
    slots = [SlotKey(SLOT_KEY).slot_of(1, resident) for resident in range(15)]
    draw = SlotKey(SLOT_KEY).find_receipt_draw(slots, 2)
    assert draw > 0
    assert len({SlotKey(SLOT_KEY).receipt_of(slot, 2, draw) for slot in slots}) == 15
