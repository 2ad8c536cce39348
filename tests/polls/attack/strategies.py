"""The attacks, written to win. Each makes of the loot a guess at everybody's choice, at their slot, or at both.

An attack takes a trace of each person (when they texted, where their row lies …) and a trace of each ballot and matches
them: by the same transaction, by the same order, by neighbourhood in the log. The published counts are known to all.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox

from gateway.kernel.secret import Secret
from gateway.polls.slots import SlotKey
from tests.polls.attack.loot import Loot, Message, Row

Traces = Mapping[Any, float]
NONCE_BYTES = 24


@dataclass
class Guess:
    """Choices and slots by person; whoever is missing is guessed to be with the majority, in no slot."""

    choices: dict[int, str] = field(default_factory=dict)
    slots: dict[int, bytes] = field(default_factory=dict)


def by_row_order(loot: Loot) -> Guess:
    """People and ballots in the order in which their rows lie."""
    return _match_both(loot, _parts(loot, lambda row: row.place), lambda row: row.place)


def by_roll_order(loot: Loot) -> Guess:
    """The order of the roll against the order of rows: rows written person by person keep it."""
    return _match_both(loot, {person: place for place, person in enumerate(loot.people)}, lambda row: row.place)


def by_transaction(loot: Loot) -> Guess:
    """Rows that one transaction wrote (xmin), in whichever backup they are; else the order of transactions."""
    people: dict[int, float] = {}
    slots: dict[bytes, float] = {}
    for backup in loot.backups:
        people |= {row.values["resident_id"]: row.xmin for row in backup["participation"] if _voted(row)}
        slots |= {bytes(row.values["slot"]): row.xmin for row in backup["ballot_box"]}
    by_number = {number: slot for slot, number in slots.items()}
    joined = {person: by_number[number] for person, number in people.items() if number in by_number}
    crowded = Counter(slots.values()).most_common(1)[0][1] if slots else 0
    guess = _match_both(loot, people, lambda row: row.xmin)
    if crowded == 1:
        guess.slots = joined
    return guess


def by_inbox(loot: Loot) -> Guess:
    """The secret key tells which row of the inbox a text of the carrier's list has; its number is the order of arrival."""
    secret = Secret(loot.secret_key)
    numbers = {row.values["key"]: row.values["id"] for row in loot.last("inbox")}
    people: dict[int, float] = {}
    for message in loot.messages:
        key = secret.hash("inbox", f"simulator|text|{message.carrier_id}")
        if key in numbers:
            people[message.person] = numbers[key]
    return _match_both(loot, people, lambda row: row.place)


def by_time(loot: Loot) -> Guess:
    """The carrier's list by time against the order in which ballots were written to the log."""
    people = {message.person: message.at.timestamp() for message in loot.messages}
    return _match_both(loot, people, lambda row: _written(loot, row))


def by_neighbourhood(loot: Loot) -> Guess:
    """The ballot written to the log next to where somebody's part was written."""
    traces = {
        _trace_of_part(row): row.values["resident_id"]
        for backup in loot.backups
        for row in backup["participation"]
        if _voted(row)
    }
    people = {person: at for trace, person in traces.items() if (at := loot.find(trace)) >= 0}
    guess = Guess()
    for table, found in (("ballot_box", guess.slots), ("poll_choice", guess.choices)):
        places = sorted((at, row) for row in loot.last(table) if (at := _written(loot, row)) >= 0)
        offsets = [at for at, _ in places]
        for person, at in people.items():
            near = [n for n in (bisect_left(offsets, at) - 1, bisect_left(offsets, at)) if 0 <= n < len(places)]
            if near:
                row = places[min(near, key=lambda n: abs(offsets[n] - at))][1]
                found[person] = bytes(row.values["slot"]) if table == "ballot_box" else row.values["choice"]
    return guess


def by_backups(loot: Loot) -> Guess:
    """What changed between two backups: these people voted, and these slots are others now."""
    guess = Guess()
    for before, after in pairwise(loot.backups):
        people = _changed(before["participation"], after["participation"], "resident_id", "state")
        slots = _changed(before["ballot_box"], after["ballot_box"], "slot", "sealed")
        guess.slots |= dict(zip(people, map(bytes, slots), strict=False))
    return guess


def by_length(loot: Loot) -> Guess:
    """Covers of different lengths hold different choices."""
    return _by_class(loot, _parts(loot, lambda row: len(row.values["envelope"] or b"")))


def by_update_count(loot: Loot) -> Guess:
    """Whoever voted again is of another mind than the others."""
    return _by_class(loot, Counter(message.person for message in loot.messages))


def by_receipt(loot: Loot) -> Guess:
    """Receipts stand in our answers at the carrier: in their order against the slots and salts in theirs."""
    people = {m.person: int(found[-1]) for m in loot.messages if (found := re.findall(r"\d{5,}", m.reply))}
    return _match_both(loot, people, lambda row: _number(row.values.get("slot") or row.values.get("salt")))


def by_cover(loot: Loot) -> Guess:
    """Ciphertexts as numbers: the order of the envelopes against that of the sealed ballots."""
    people = _parts(loot, lambda row: _number(row.values["envelope"]))
    return _match_both(loot, people, lambda row: _number(row.values.get("sealed") or row.values.get("salt")))


def by_keystream(loot: Loot) -> Guess:
    """Two envelopes of a person under one nonce: their difference is that of the ballots."""
    seen: dict[int, set[bytes]] = defaultdict(set)
    guess = Guess()
    for backup in loot.backups:
        for row in backup["participation"]:
            envelope = bytes(row.values["envelope"] or b"")
            twin = next((e for e in seen[row.values["resident_id"]] if e[:NONCE_BYTES] == envelope[:NONCE_BYTES]), None)
            if twin and twin != envelope:
                guess.choices[row.values["resident_id"]] = loot.choices[0]
            seen[row.values["resident_id"]].add(envelope)
    return guess


def by_brute_force(loot: Loot) -> Guess:
    """Every secret on disk as the slot key (slots and envelopes of all residents) and as the box key."""
    guess = Guess()
    slots = {bytes(row.values["slot"]): bytes(row.values["sealed"]) for row in loot.last("ballot_box")}
    envelopes = {r.values["resident_id"]: bytes(r.values["envelope"]) for r in _last_parts(loot)}
    boxes = [SealedBox(PrivateKey(secret)) for secret in loot.secrets]
    for secret in loot.secrets:
        for person in loot.people:
            slot = SlotKey(secret).slot_of(loot.poll, person)
            if slot in slots:
                guess.slots[person] = slot
            sealed = _opened(secret, loot.poll, person, envelopes.get(person, b"")) or slots.get(slot)
            for box in boxes if sealed else ():
                if choice := _choice_in(box, sealed or b""):
                    guess.choices[person] = choice
    return guess


def by_redis(loot: Loot) -> Guess:
    """Whatever names a person or a ballot, in the order in which it lies in Redis: counts, jobs, their errors."""
    people: dict[int, float] = {}
    for message in loot.messages:
        if at := _first_in(loot.redis, _names_of(loot, message)):
            people[message.person] = at
    people |= {person: at for person in loot.people if (at := _first_in(loot.redis, _quoted(person)))}
    blobs = ("slot", "sealed", "salt")
    return _match_both(loot, people, lambda row: _first_in(loot.redis, [_bytes_of(row, name) for name in blobs]))


def _names_of(loot: Loot, message: Message) -> list[bytes]:
    secret, phone = Secret(loot.secret_key), f"+86138{message.person:08}"
    counted = secret.hash("loop", "|".join([phone, *message.reply.split("\n")]))
    claimed = secret.hash("inbox", f"simulator|text|{message.carrier_id}")
    return [name.encode() for name in (phone, message.carrier_id, counted, claimed)]


def _quoted(person: int) -> list[bytes]:
    """A person with what they chose, as an error would quote it."""
    return [f"{before}{person}: '".encode() for before in "\n {"]


def _bytes_of(row: Row, name: str) -> bytes:
    value = row.values.get(name)
    return value.encode() if isinstance(value, str) else bytes(value or b"")


def _first_in(redis: bytes, names: list[bytes]) -> float:
    """Where the first of `names` lies, 0 if nowhere."""
    return float(max(0, min((at for name in names if name and (at := redis.find(name)) >= 0), default=0)))


ATTACKS: tuple[Callable[[Loot], Guess], ...] = (
    by_row_order,
    by_roll_order,
    by_transaction,
    by_inbox,
    by_time,
    by_neighbourhood,
    by_backups,
    by_length,
    by_update_count,
    by_receipt,
    by_cover,
    by_keystream,
    by_brute_force,
    by_redis,
)


def features(loot: Loot) -> dict[int, list[bool]]:
    """What is seen of each person as bits: halves and parities of orders, bits of the envelope, whether voted twice."""
    orders = [
        _parts(loot, lambda row: row.place),
        _parts(loot, lambda row: row.xmin),
        {message.person: message.at.timestamp() for message in loot.messages},
        {person: place for place, person in enumerate(loot.people)},
    ]
    ranks = [{person: rank for rank, person in enumerate(sorted(order, key=order.__getitem__))} for order in orders]
    envelopes = {row.values["resident_id"]: bytes(row.values["envelope"] or b"") for row in _last_parts(loot)}
    often = Counter(message.person for message in loot.messages)
    found = {}
    for person in loot.people:
        bits = [often[person] > 1]
        for rank in ranks:
            bits += [rank.get(person, 0) * 2 < len(rank), bool(rank.get(person, 0) & 1)]
        cover = envelopes.get(person, b"")[NONCE_BYTES : NONCE_BYTES + 4] + envelopes.get(person, b"")[-4:]
        bits += [bool(byte >> bit & 1) for byte in cover for bit in range(8)]
        found[person] = bits
    return found


def learn(known: list[tuple[list[bool], str]], asked: list[list[bool]]) -> list[str]:
    """Naive Bayes: the likelier choice of everybody asked, after what accomplices know of themselves."""
    by_choice: dict[str, list[list[bool]]] = defaultdict(list)
    for bits, choice in known:
        by_choice[choice].append(bits)
    shares = {
        choice: [(sum(column) + 1) / (len(rows) + 2) for column in zip(*rows, strict=True)]
        for choice, rows in by_choice.items()
    }

    def likelihood(choice: str, bits: list[bool]) -> float:
        value = len(by_choice[choice]) / len(known)
        for share, bit in zip(shares[choice], bits, strict=True):
            value *= 2 * (share if bit else 1 - share)
        return value

    return [max(by_choice, key=lambda choice, bits=bits: likelihood(choice, bits)) for bits in asked]  # type: ignore[misc]


def _voted(row: Row) -> bool:
    return bool(row.values["state"] == "voted")


def _last_parts(loot: Loot) -> list[Row]:
    """Everybody's part in the last backup that has the envelopes."""
    full = [b["participation"] for b in loot.backups if any(row.values["envelope"] for row in b["participation"])]
    return [row for row in full[-1] if _voted(row)] if full else loot.last("participation")


def _parts(loot: Loot, trace: Callable[[Row], float]) -> dict[int, float]:
    return {row.values["resident_id"]: trace(row) for row in _last_parts(loot)}


def _match_both(loot: Loot, people: Traces, trace: Callable[[Row], float]) -> Guess:
    """Put people and ballots in order and let the first be the first's, the last the last's."""
    slots = sorted(loot.last("ballot_box"), key=trace)
    choices = sorted(loot.last("poll_choice"), key=trace)
    order = sorted(people, key=people.__getitem__)
    return Guess(
        choices={person: row.values["choice"] for person, row in zip(order, choices, strict=False)},
        slots={person: bytes(row.values["slot"]) for person, row in zip(order, slots, strict=False)},
    )


def _written(loot: Loot, row: Row) -> int:
    """Where in the log a ballot was first written."""
    blob = row.values.get("sealed") or row.values["salt"].encode()
    return loot.find(bytes(blob))


def _trace_of_part(row: Row) -> bytes:
    return bytes(row.values["envelope"] or b"no envelope")


def _changed(before: list[Row], after: list[Row], key: str, value: str) -> list[Any]:
    old = {row.values[key]: row.values[value] for row in before}
    return [row.values[key] for row in after if old.get(row.values[key]) != row.values[value]]


def _by_class(loot: Loot, classes: Mapping[int, float]) -> Guess:
    """The commonest class chose what most chose, the next what is second."""
    counts = Counter(row.values["choice"] for row in loot.last("poll_choice")).most_common()
    ranked = [kind for kind, _ in Counter(classes.values()).most_common()]
    wanted = {kind: counts[min(rank, len(counts) - 1)][0] for rank, kind in enumerate(ranked)}
    return Guess(choices={person: wanted[kind] for person, kind in classes.items()})


def _number(blob: Any) -> int:
    return int(blob, 16) if isinstance(blob, str) else int.from_bytes(bytes(blob or b""), "big")


def _opened(secret: bytes, poll: int, person: int, envelope: bytes) -> bytes | None:
    elector = poll.to_bytes(8, "big") + person.to_bytes(8, "big")
    for key in (secret, SlotKey(secret).envelope_key(poll, person), (elector * 2)[:32]):
        try:
            return SecretBox(key).decrypt(envelope)
        except (CryptoError, ValueError, TypeError):
            continue
    return None


def _choice_in(box: SealedBox[PrivateKey], sealed: bytes) -> str:
    try:
        plain = box.decrypt(sealed)
    except (CryptoError, TypeError, ValueError):
        return ""
    return plain.split(b"\0")[0].decode("ascii", "replace")
