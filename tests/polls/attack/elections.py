"""Polls to attack: ours, by texts through the whole conversation, and two that others would build.

The naive one writes who voted and a ballot in one transaction. The former one seals ballots and updates them in a box
that was laid out before, in the transaction that marks the voter: sealed well, and yet every slot is known.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import redis
from sqlalchemy import text

from gateway.carriers.port import IncomingText
from gateway.conversation.texts import receive_text
from gateway.kernel.db import Database
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.kernel.queue import RedisQueue
from gateway.kernel.recent import RedisCounts
from gateway.polls.slots import SlotKey
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.polls.attack.loot import Backup, LogReader, Loot, Message, Row, WatchedDatabase, take_backup
from tests.polls.attack.redis_loot import RedisReader, run_job, working_with
from tests.polls.village import Village, an_open_poll, rows_of

# The line of the village that `a_village` makes.
LINE = PhoneNumber("+8657110000006")
CHOICES = ("yes", "no")
KEYS = {"yes": "1", "no": "2"}
# What people wrote first who wrote twice: one in ten.
AGAIN = 10


@dataclass(frozen=True)
class Truth:
    """What only the judge knows."""

    choices: Mapping[int, str]
    slots: Mapping[int, bytes]


@dataclass(frozen=True)
class Place:
    """Where a poll is held, and by what its chances are drawn."""

    ports: Ports
    wording: Wording
    village: Village
    folder: Path
    chance: random.Random
    redis: redis.Redis


def draw_choices(place: Place) -> dict[int, str]:
    """Everybody's choice, in the order in which they will vote."""
    people = list(place.village.people)
    place.chance.shuffle(people)
    return {person: place.chance.choice(CHOICES) for person in people}


def our_poll(place: Place) -> tuple[Loot, Truth, dict[str, bytes]]:
    """A poll of ours from opening to result; also its two keys, which the attacker does not have."""
    queue = RedisQueue(place.redis)
    live = replace(place.ports, db=Database(place.ports.db.engine, queue), recent=RedisCounts(place.redis))
    place = replace(place, ports=live)
    ports, votes = live, draw_choices(place)
    log, memory = LogReader(ports.db, place.folder), RedisReader(place.redis)
    memory.begin()
    number = an_open_poll(ports, place.village)
    keys = {name: ports.vault.get(f"poll-{number}/{name}") for name in ("slot", "box")}
    loot = Loot(number, place.village.people, choices=CHOICES, backups=[take_backup(ports.db, number)])
    for turn, (person, choice) in enumerate(votes.items()):
        said = [choice] if turn % AGAIN else [place.chance.choice(CHOICES), choice]
        loot.messages += [_text(place, number, person, one) for one in said]
        if turn == len(votes) // 2:
            loot.backups.append(take_backup(ports.db, number))
    loot.backups.append(take_backup(ports.db, number))

    def look() -> None:
        log.note()
        memory.note()
        loot.backups.append(take_backup(ports.db, number))

    watched = replace(ports, db=WatchedDatabase(ports.db, look, queue))
    _close_by_jobs(place, watched, number, votes)
    loot.log, loot.redis = log.read(), memory.read()
    memory.end()
    loot.secret_key, loot.secrets = ports.secret.key, _secrets(ports, loot)
    slots = {person: SlotKey(keys["slot"]).slot_of(number, person) for person in place.village.people}
    return loot, Truth(votes, slots), keys


def _close_by_jobs(place: Place, ports: Ports, number: int, votes: Mapping[int, str]) -> None:
    """The first job fails with an error that quotes everything, the second closes."""
    with working_with(ports, place.wording):
        with patch("workers.jobs.closing.close_poll", side_effect=RuntimeError(f"{dict(votes)}")):
            run_job(place.redis, "close_poll", number)
        run_job(place.redis, "close_poll", number)


def _text(place: Place, number: int, person: int, choice: str) -> Message:
    ports = place.ports
    assert isinstance(ports.clock, StillClock)
    ports.clock.advance(seconds=place.chance.uniform(0.1, 20))
    name = f"SM{place.chance.randbytes(16).hex()}"
    incoming = IncomingText(name, PhoneNumber(f"+86138{person:08}"), LINE, f"投票 {number} {KEYS[choice]}")
    answers = receive_text(incoming, ports=ports, wording=place.wording, carrier_name="simulator")
    return Message(person, ports.clock.now(), name, "\n".join(answers))


def _secrets(ports: Ports, loot: Loot) -> list[bytes]:
    """Everything of 32 bytes that is not in the vault: the secret key and what is made of it, keys, roots, slots."""
    purposes = ("inbox", "stranger", "call step", "pin", "slot", "box", "ballot", "poll", f"poll-{loot.poll}")
    found = [ports.secret.key, bytes(32), *(ports.secret.derive(purpose) for purpose in purposes)]
    for row in loot.last("poll"):
        found += [bytes(row.values["box_key"] or b""), *_unhex(row, "box_root", "frozen_sha256")]
    found += [bytes(row.values["slot"]) for row in loot.last("ballot_box")[:3]]
    return list(dict.fromkeys(secret[:32].ljust(32, b"\0") for secret in found if secret))


def _unhex(row: Row, *names: str) -> list[bytes]:
    return [bytes.fromhex(row.values[name] or "") for name in names]


# --- what others would build -------------------------------------------------------------------------------------


def naive_poll(place: Place) -> tuple[Loot, Truth]:
    """Who voted, and a ballot with a number of its own: two rows, one transaction; and a job that confirms the vote."""
    votes, memory = draw_choices(place), RedisReader(place.redis)
    memory.begin()
    with _tables(place, "CREATE TABLE naive_part (resident_id INTEGER, state TEXT, envelope BYTEA)",
                 f"CREATE TABLE naive_box ({_own_number(place)}, salt TEXT, choice TEXT)") as log:  # fmt: skip
        for person, choice in votes.items():
            mark, salt = place.chance.randbytes(16), place.chance.randbytes(16).hex()
            _run(place, ("INSERT INTO naive_part VALUES (:p, 'voted', :e)", {"p": person, "e": mark}),
                 ("INSERT INTO naive_box (salt, choice) VALUES (:s, :c)", {"s": salt, "c": choice}))  # fmt: skip
            place.redis.rpush("confirm", f"{person}: '{salt}'")
        backup = take_backup(place.ports.db, tables=("naive_part", "naive_box"))
        renamed = {"participation": backup["naive_part"], "poll_choice": backup["naive_box"], "ballot_box": []}
        loot = _loot(place, votes, [renamed], log)
        loot.redis = memory.read()
        memory.end()
        return loot, Truth(votes, {})


def former_poll(place: Place) -> tuple[Loot, Truth]:
    """A box of sealed ballots laid out before; the voter's mark and the slot are updated in one transaction."""
    votes = draw_choices(place)
    slots = {person: place.chance.randbytes(32) for person in votes}
    with _tables(place, "CREATE TABLE naive_part (resident_id INTEGER PRIMARY KEY, state TEXT, envelope BYTEA)",
                 "CREATE TABLE naive_box (slot BYTEA PRIMARY KEY, sealed BYTEA)") as log:  # fmt: skip
        for person in sorted(votes):
            _run(place, ("INSERT INTO naive_part VALUES (:p, 'none', :e)", {"p": person, "e": bytes(16)}))
        for slot in sorted(slots.values()):
            sealed = place.chance.randbytes(98)
            _run(place, ("INSERT INTO naive_box VALUES (:s, :b)", {"s": slot, "b": sealed}))
        backups = [_former_backup(place)]
        for person in votes:
            mark, sealed = place.chance.randbytes(16), place.chance.randbytes(98)
            _run(place, ("UPDATE naive_part SET state = 'voted', envelope = :e WHERE resident_id = :p",
                         {"p": person, "e": mark}),
                 ("UPDATE naive_box SET sealed = :b WHERE slot = :s", {"s": slots[person], "b": sealed}))  # fmt: skip
        return _loot(place, votes, [*backups, _former_backup(place)], log), Truth(votes, slots)


def _former_backup(place: Place) -> Backup:
    backup = take_backup(place.ports.db, tables=("naive_part", "naive_box"))
    return {"participation": backup["naive_part"], "ballot_box": backup["naive_box"], "poll_choice": []}


def _loot(place: Place, votes: Mapping[int, str], backups: list[Backup], log: LogReader) -> Loot:
    log.note()
    start = place.ports.clock.now().replace(microsecond=0)
    messages = [Message(p, start.replace(microsecond=place_), "", "") for place_, p in enumerate(votes)]
    return Loot(0, place.village.people, messages, backups, log.read(), choices=CHOICES)


def _own_number(place: Place) -> str:
    return "id INTEGER PRIMARY KEY" if place.ports.db.is_sqlite else "id SERIAL PRIMARY KEY"


@contextmanager
def _tables(place: Place, *statements: str) -> Iterator[LogReader]:
    sqlite = place.ports.db.is_sqlite
    _run(place, *((one.replace("BYTEA", "BLOB") if sqlite else one, {}) for one in statements))
    log = LogReader(place.ports.db, place.folder)
    try:
        yield log
    finally:
        _run(place, *((f"DROP TABLE {name}", {}) for name in ("naive_part", "naive_box")))


def _run(place: Place, *statements: tuple[str, Mapping[str, object]]) -> None:
    with place.ports.db.work() as tx:
        for statement, values in statements:
            tx.execute(text(statement), dict(values))
        tx.commit()


def rows_left(ports: Ports, poll: int) -> Sequence[object]:
    """Whatever is left of a closed poll's ballots in their two places."""
    return [*rows_of(ports, "ballot_box", poll), *(row[4] for row in rows_of(ports, "participation", poll) if row[4])]
