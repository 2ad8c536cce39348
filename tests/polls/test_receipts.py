"""The list of receipts is sorted, whoever voted first."""

from __future__ import annotations

import random

from gateway.polls.receipts import Receipts


def test_receipts_come_out_sorted_and_none_is_lost() -> None:
    dice = random.Random(1)
    added = [f"{dice.randrange(10**9):09}" for _ in range(3000)] + ["000000000", "999999999"]
    receipts = Receipts()
    assert list(receipts) == []
    for begin in range(0, len(added), 700):
        receipts.add(added[begin : begin + 700])
    assert list(receipts) == sorted(added)
