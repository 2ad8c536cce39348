"""What must never show: a choice before closing, who chose what after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.kernel.db import metadata
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.polls import closing
from gateway.polls.slots import SlotKey
from gateway.wording.catalogue import Wording
from tests.fakes import RecordingQueue, SeededRandomness
from tests.polls.village import a_village, an_open_poll, rows_of, vote, vote_all

CANARY = b"CANARY-OF-BALLOT"
# How a choice stands in a ballot before it is sealed.
PLAIN = [choice.encode().ljust(len("abstain"), b"\0") for choice in ("yes", "no", "abstain")]


class CanaryRandomness(SeededRandomness):
    """Salts that can be found again if they lie anywhere in the clear."""

    def token(self, size: int) -> bytes:
        return CANARY if size == len(CANARY) else super().token(size)


def everything_stored(ports: Ports) -> Iterator[tuple[str, str]]:
    """(table and column, value) of every row of every table."""
    with ports.db.read() as conn:
        for table in metadata.sorted_tables:
            for row in conn.execute(select(table)).mappings():
                yield from ((f"{table.name}.{name}", repr(value)) for name, value in row.items())


def stored_bytes(folder: Path) -> bytes:
    """All files under `folder` but the vault's, one after the other."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "vault" not in path.parts]
    return b"".join(path.read_bytes() for path in files)


def test_no_choice_lies_in_the_clear_before_closing(ports: Ports, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    marked = replace(ports, randomness=CanaryRandomness())
    village = a_village(ports)
    number = an_open_poll(marked, village)
    vote_all(marked, number, dict(zip(village.people, ("yes", "no", "abstain") * 2, strict=False)))
    stored = "".join(value for _, value in everything_stored(ports)).encode() + stored_bytes(tmp_path)
    for plain in (CANARY, CANARY.hex().encode(), *PLAIN):
        assert plain not in stored
    assert not [record for record in caplog.records if "abstain" in record.getMessage()]


def test_nothing_stored_depends_on_the_choice_but_sealed_bytes(ports: Ports) -> None:
    village = a_village(ports)
    numbers = [an_open_poll(ports, village) for _ in range(2)]
    for number, choice in zip(numbers, ("yes", "abstain"), strict=True):
        vote_all(ports, number, dict.fromkeys(village.people[:5], choice))
    people = [sorted(row[1:4] for row in rows_of(ports, "participation", number)) for number in numbers]
    assert people[0] == people[1]
    lengths = [{len(row[4]) for row in rows_of(ports, "participation", number)} for number in numbers]
    assert lengths[0] == lengths[1]
    assert len(lengths[0]) == 1


def test_same_choice_twice_is_never_the_same_sealed_ballot(ports: Ports) -> None:
    village = a_village(ports, 40)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people, "yes"))
    key = ports.vault.get(f"poll-{number}/slot")
    parts = rows_of(ports, "participation", number)
    assert len({row[4] for row in parts}) == 40
    assert len({SlotKey(key).disclose(number, row[1], row[4]) for row in parts}) == 40


def test_nothing_left_after_closing_finds_a_ballot_again(ports: Ports, wording: Wording, tmp_path: Path) -> None:
    village = a_village(ports, 20)
    number = an_open_poll(ports, village)
    keys = [ports.vault.get(f"poll-{number}/{key}") for key in ("slot", "box")]
    slots = [SlotKey(keys[0]).slot_of(number, person) for person in village.people]
    vote_all(ports, number, {person: "yes" if person % 2 else "no" for person in village.people})
    closing.close_poll(number, ports=ports, wording=wording)
    stored = "".join(value for _, value in everything_stored(ports)).encode() + stored_bytes(tmp_path)
    assert not [slot for slot in slots if slot in stored or slot.hex().encode() in stored]
    vault = b"".join(path.read_bytes() for path in (tmp_path / "vault").rglob("*") if path.is_file())
    assert not [key for key in keys if key in stored + vault or key.hex().encode() in stored]


def test_write_ahead_log_is_empty_after_closing(ports: Ports, wording: Wording, tmp_path: Path) -> None:
    if not ports.db.is_sqlite:
        pytest.skip("PostgreSQL recycles its own log")
    village = a_village(ports)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people, "yes"))
    assert (tmp_path / "xiangyin.db-wal").stat().st_size > 0
    closing.close_poll(number, ports=ports, wording=wording)
    assert (tmp_path / "xiangyin.db-wal").stat().st_size == 0


def test_published_choices_are_in_no_order_of_the_roll(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 60)
    number = an_open_poll(ports, village)
    vote_all(ports, number, {person: "yes" if place < 30 else "no" for place, person in enumerate(village.people)})
    closing.close_poll(number, ports=ports, wording=wording)
    choices = [row[2] for row in rows_of(ports, "poll_choice", number)]
    changes = sum(before != after for before, after in pairwise(choices))
    # In the roll's order there would be one change; 29.5 are to be expected, 12 would be 4.5 deviations away.
    assert changes > 12


def test_casting_asks_no_queue_for_anything(ports: Ports, queue: RecordingQueue) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    vote(ports, number, village.people[0], "yes")
    assert queue.calls == []


@pytest.mark.parametrize("key", ["slot", "box"])
def test_refusals_and_logs_name_no_choice(ports: Ports, wording: Wording, caplog: Any, key: str) -> None:
    caplog.set_level(logging.DEBUG)
    village = a_village(ports)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people, "abstain"))
    ports.vault.destroy(f"poll-{number}/{key}")
    with pytest.raises(GatewayError) as refused:
        vote(ports, number, village.people[0], "abstain")
    closing.close_due(ports, wording)
    told = [str(refused.value), repr(refused.value.params), *(repr(record.__dict__) for record in caplog.records)]
    assert not [line for line in told if "abstain" in line]
