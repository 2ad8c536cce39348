"""Runs give back all that was put into them, sorted, whatever the order in which they were added."""

from __future__ import annotations

import random

import pytest

from gateway.polls.runs import Run, Runs, run_of

DIGITS = [b"%02d" % head for head in range(100)]
BYTES = [bytes([head]) for head in range(256)]


def test_items_come_out_sorted_and_none_is_lost() -> None:
    dice = random.Random(1)
    added = [b"%09d" % dice.randrange(10**9) for _ in range(3000)] + [b"000000000", b"999999999", b"000000000"]
    runs = Runs(DIGITS)
    assert (list(runs), len(runs)) == ([], 0)
    for begin in range(0, len(added), 700):
        runs.add(run_of(added[begin : begin + 700], 9))
    runs.add(run_of([], 9))
    assert (list(runs), len(runs)) == (sorted(added), len(added))


def test_heads_may_be_any_bytes() -> None:
    dice = random.Random(2)
    added = [dice.randbytes(33) for _ in range(2000)] + [bytes(33), b"\xff" * 33]
    runs = Runs(BYTES)
    for begin in range(0, len(added), 300):
        runs.add(run_of(added[begin : begin + 300], 33))
    assert list(runs) == sorted(added)


def test_items_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="several widths"):
        run_of([b"123", b"12"], 3)
    runs = Runs(DIGITS)
    runs.add(run_of([b"123"], 3))
    with pytest.raises(ValueError, match="several widths"):
        runs.add(run_of([b"1234"], 4))


def test_a_run_shows_nothing_of_what_is_in_it() -> None:
    assert repr(Run(3, b"123")) == "Run(width=3)"
