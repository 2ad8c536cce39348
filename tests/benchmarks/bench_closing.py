"""Closing a poll: 10,000, 100,000 and 1,000,000 ballots, on both databases, beside opening as many with libsodium alone.

Closed is: moved into the box, rooted, receipts published, opened, counted, published, the box emptied; the
list of whom to tell is written too (nobody here has a telephone, so nothing is sent). Each closing has a process of its own, for its memory.
`LARGEST=100000` leaves the million out.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import psycopg
from nacl.public import PrivateKey, SealedBox
from sqlalchemy import insert, text

from gateway.kernel.clock import SystemClock
from gateway.kernel.db import Database, UnitOfWork, metadata, open_engine
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.kernel.randomness import SystemRandomness
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.vault import Vault
from gateway.migrations.run import upgrade
from gateway.polls import actions, ballots, closing
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.polls.slots import SlotKey, receipt_digits
from gateway.polls.store import bulk, tables
from gateway.roll import actions as roll
from gateway.roll.model import NewCommunity
from gateway.wording.catalogue import load_wording
from tests import servers
from tests.benchmarks.measuring import Report, peak_megabytes
from tests.fakes import RecordingQueue

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = {10_000: 5, 100_000: 2, 1_000_000: 1}
SAMPLE = 5_000
BATCH = 10_000
PART = ("poll_id", "resident_id", "group_index", "state", "envelope")
CHOICES = ("yes", "no", "abstain")


@dataclass(frozen=True)
class Closed:
    """One closing: ballots a second, the library alone in the same process, the peak of memory."""

    rate: float
    library: float
    megabytes: float


def run(report: Report) -> None:
    """Print time, ratio, growth and memory for each database."""
    largest = int(os.environ.get("LARGEST", SIZES[-1]))
    with tempfile.TemporaryDirectory() as folder:
        for name, fresh in (("SQLite", _sqlite(Path(folder))), ("PostgreSQL", _postgres())):
            report.title(f"Closing a poll on {name}")
            with fresh as make_url:
                found = {size: _measure(report, size, make_url, Path(folder)) for size in SIZES if size <= largest}
            _judge(report, name, found)


def _judge(report: Report, name: str, found: dict[int, Closed]) -> None:
    if SIZES[-1] in found:
        million = found[SIZES[-1]]
        report.goal(
            f"P8: closing {SIZES[-1]:,} on {name}, library alone = 1", million.rate / million.library, least=0.7
        )
    for small, large in zip(found, list(found)[1:], strict=False):
        growth = (large / found[large].rate) / (small / found[small].rate)
        report.goal(f"{name}: time for {large:,} / time for {small:,}", growth, most=11)
    first, last = min(found), max(found)
    growth = found[last].megabytes / found[first].megabytes
    report.goal(f"{name}: memory at {last:,} / at {first:,}", growth, most=1.5)


def _measure(report: Report, size: int, make_url: Callable[[], str], folder: Path) -> Closed:
    closings = []
    for _ in range(ROUNDS[size]):
        url, vault = make_url(), Path(tempfile.mkdtemp(dir=folder))
        number = cast_in_bulk(open_ports(url, vault), size)
        with get_context("spawn").Pool(1) as child:
            closings.append(child.apply(_close, (url, vault, number, size)))
    median = Closed(
        statistics.median(one.rate for one in closings),
        statistics.median(one.library for one in closings),
        max(one.megabytes for one in closings),
    )
    report.say(
        f"{size:,} ballots: {size / median.rate:,.1f} s ({median.rate:,.0f}/s; the library alone "
        f"{median.library:,.0f}/s: {median.rate / median.library:.2f}), {median.megabytes:,.0f} MB at most"
    )
    return median


def _close(url: str, vault: Path, number: int, size: int) -> Closed:
    ports = open_ports(url, vault)
    before = _library_rate(size)
    begun = time.perf_counter()
    result = closing.close_poll(number, ports=ports, wording=load_wording())
    rate = size / (time.perf_counter() - begun)
    assert (result.participants, sum(result.counts.values())) == (size, size)
    megabytes = peak_megabytes()
    return Closed(rate, statistics.mean([before, _library_rate(size)]), megabytes)


def _library_rate(size: int) -> float:
    """Sealed boxes opened a second by the library alone, one after the other: a tenth of `size`, for a moment says little."""
    key = os.urandom(ballots.KEY_BYTES)
    sealing, opening = ballots.sealing_box(ballots.public_half(key)), SealedBox(PrivateKey(key))
    boxes = [sealing.encrypt(os.urandom(7 + 2 + ballots.SALT_BYTES)) for _ in range(SAMPLE)]
    again = max(1, size // 10 // SAMPLE)
    begun = time.perf_counter()
    for _ in range(again):
        for box in boxes:
            opening.decrypt(box)
    return again * SAMPLE / (time.perf_counter() - begun)


# --- the fixture -------------------------------------------------------------------------------------------------


def open_ports(url: str, folder: Path) -> Ports:
    """Ports over a database and a vault."""
    vault, clock = Vault(folder / "vault"), SystemClock()
    sealers = DaySealer(vault, clock), DaySealer(vault, clock, "call")
    db = Database(open_engine(url), RecordingQueue())
    return Ports(db, clock, SystemRandomness(), vault, Secret(os.urandom(32)), *sealers)


def cast_in_bulk(ports: Ports, size: int) -> int:
    """An open poll in which `size` people have voted, their envelopes written in bulk; its number.

    It is opened by one elector; the others, who have no telephone and so get no broadcast, are added to it.
    """
    community = _make_community(ports)
    with ports.db.work() as tx:
        draft = PollDraft(
            community_id=community,
            method=Method.YESNO,
            wording={"": PollWording("修村口的路吗?")},
            closes_at=ports.clock.now() + timedelta(days=1),
            threshold=Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2)),
        )
        number = actions.create_poll(tx, draft, at=ports.clock.now())
        actions.open_poll(tx, number, ports=ports, wording=load_wording())
        _add_people(tx, community, range(2, size + 1))
        digits, draw = _receipts(ports, number, size)
        values = {"n": number, "d": digits, "r": draw, "one": '"electors":1,', "all": f'"electors":{size},'}
        terms = "receipt_digits = :d, receipt_round = :r, frozen = replace(frozen, :one, :all)"
        tx.execute(text(f"UPDATE poll SET {terms} WHERE id = :n"), values)
        tx.execute(text("DELETE FROM participation"))
        bulk.insert_many(tx, tables.participation, PART, _parts(ports, number, size))
        tx.commit()
    ports.db.truncate_log()
    ports.db.engine.dispose()
    return number


def _make_community(ports: Ports) -> int:
    with ports.db.work() as tx:
        made = roll.add_community(
            tx, NewCommunity("shitan", "石滩村", PhoneNumber("+8657110000001"), languages=("zh",))
        )
        _add_people(tx, made.id, range(1, 2))
        tx.commit()
    return made.id


def _add_people(tx: UnitOfWork, community: int, people: range) -> None:
    shared = {"community_id": community, "name": "村民", "language": "zh"}
    for start in range(people.start, people.stop, BATCH):
        some = range(start, min(people.stop, start + BATCH))
        rows = [{"id": person, "code": str(person), **shared} for person in some]
        tx.execute(insert(metadata.tables["resident"]), rows)


def _receipts(ports: Ports, number: int, size: int) -> tuple[int, int]:
    """How many digits receipts have and the draw under which all are distinct, as opening finds them."""
    slot_key, digits = SlotKey(ports.vault.get(ballots.slot_key_name(number))), receipt_digits(size)
    return digits, slot_key.find_receipt_draw([slot_key.slot_of(number, one) for one in range(1, size + 1)], digits)


def _parts(ports: Ports, number: int, size: int) -> Iterator[tuple[object, ...]]:
    slot_key, private = (ports.vault.get(name(number)) for name in (ballots.slot_key_name, ballots.box_key_name))
    sealing = ballots.sealing_box(ballots.public_half(private))
    room = max(map(len, CHOICES))

    def part(person: int) -> tuple[object, ...]:
        ballot = ballots.Ballot(CHOICES[person % 3], 0, os.urandom(ballots.SALT_BYTES))
        envelope = SlotKey(slot_key).enclose(number, person, ballots.seal(sealing, ballot, room))
        return number, person, 0, "voted", envelope

    people = iter(range(1, size + 1))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        while some := list(islice(people, BATCH)):
            yield from threads.map(part, some, chunksize=500)


@contextmanager
def _sqlite(folder: Path) -> Iterator[Callable[[], str]]:
    made = 0

    def fresh() -> str:
        nonlocal made
        made += 1
        for old in folder.glob("closing*"):
            old.unlink()
        url = f"sqlite:///{folder / f'closing{made}.db'}"
        upgrade(url)
        return url

    yield fresh


@contextmanager
def _postgres() -> Iterator[Callable[[], str]]:
    with servers.durable_postgres() as server:

        def fresh() -> str:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS closing WITH (FORCE)")
                connection.execute("CREATE DATABASE closing")
            upgrade(f"{server}/closing")
            return f"{server}/closing"

        yield fresh
