"""The list of receipts is sorted, whoever voted first."""

from __future__ import annotations

import random

import pytest

from gateway.polls.receipts import Receipts, pack


@pytest.mark.parametrize("digits", [8, 9])
def test_receipts_come_out_sorted_and_none_is_lost(digits: int) -> None:
    length, dice = digits + 1, random.Random(1)
    added = [f"{dice.randrange(10**length):0{length}}" for _ in range(3000)] + ["0" * length, "9" * length]
    receipts = Receipts(digits)
    assert list(receipts) == []
    for begin in range(0, len(added), 700):
        receipts.add(pack(added[begin : begin + 700], digits))
    receipts.add(pack([], digits))
    assert list(receipts) == sorted(added)
