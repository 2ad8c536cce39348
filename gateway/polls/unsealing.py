"""Opening a frozen box and counting it: from sealed rows to a result, checked against the record. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from gateway.kernel.vault import Vault
from gateway.polls import ballots, counting, views
from gateway.polls.counting import Tally
from gateway.polls.model import ANY_LANGUAGE, GroupResult, Poll, Result, Walk
from gateway.polls.store import box
from gateway.record import tree


class BoxChangedError(Exception):
    """What is in the box is not what was recorded when it was frozen."""


class WrongKeyError(Exception):
    """The key in the vault is not this poll's."""


@dataclass(frozen=True)
class Count:
    """A poll's result and the choices it was counted from, as (salt, choice, group index) by salt."""

    result: Result
    choices: list[tuple[bytes, str, int]] = field(repr=False)


def box_root(rows: Iterable[tuple[bytes, bytes]]) -> str:
    """The Merkle root (RFC 6962, hexadecimal) over slot ‖ sealed ballot, in the order given."""
    return tree.root(tree.leaf_hash(slot + sealed) for slot, sealed in rows).hex()


def digest_lines(lines: Iterable[str]) -> str:
    """The SHA-256 (hexadecimal) of a published list: each line with its line feed."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def choice_line(salt: str, choice: str, group: int) -> str:
    """A published choice as one line."""
    return f"{salt} {choice} {group}"


def count_box(conn: Connection, poll: Poll, *, vault: Vault, walk: Walk) -> Count:
    """Open and count the frozen box of `poll`.

    WrongKeyError; BoxChangedError when a ballot cannot be opened, the root is not the recorded one, or the number of
    ballots is not that of the electors and of those who cast one; NotFound("vault_key_missing").
    """
    private_key = vault.get(ballots.box_key_name(poll.number))
    if ballots.public_half(private_key) != poll.box_key:
        raise WrongKeyError
    people = views.presence_tallies(conn, poll.number, len(poll.groups))
    try:
        choices = _open_box(conn, poll, private_key, walk, sum(tally.entitled for tally in people))
        counts = counting.count(((group, choice) for _, choice, group in choices), len(people), poll.choices)
    except ValueError:
        raise BoxChangedError from None
    tallies = [Tally(p.entitled, p.present, c) for p, c in zip(people, counts, strict=True)]
    if [t.participants for t in tallies] != [p.participants for p in people]:
        raise BoxChangedError
    return Count(_result(poll, tallies), sorted(choices))


def _open_box(
    conn: Connection, poll: Poll, private_key: bytes, walk: Walk, length: int
) -> list[tuple[bytes, str, int]]:
    opening = ballots.opening_box(private_key)
    room = poll.form.longest
    opened: list[tuple[bytes, str, int]] = []
    rows = 0

    def open_each() -> Iterator[tuple[bytes, bytes]]:
        nonlocal rows
        for slot, sealed in walk(stored, length):
            rows += 1
            ballot = ballots.unseal(opening, sealed, room)
            if ballot.choice != ballots.NO_CHOICE:
                opened.append((ballot.salt, ballot.choice, ballot.group))
            yield slot, sealed

    # A ballot that does not open must not leave the database's cursor open.
    with closing(box.sealed_rows(conn, poll.number)) as stored:
        root = box_root(open_each())
    if root != poll.box_root or rows != length:
        raise ValueError("not the recorded box")
    return opened


def _result(poll: Poll, tallies: list[Tally]) -> Result:
    outcome = counting.decide(tallies, poll.options, poll.threshold, poll.quorum)
    overall = counting.add(tallies)
    groups = zip(poll.groups, tallies, outcome.held, strict=True) if poll.by_group else ()
    return Result(
        poll=poll.number,
        method=poll.method,
        question=poll.wording[ANY_LANGUAGE].question,
        eligible=overall.entitled,
        participants=overall.participants,
        present=overall.present,
        counts=overall.counts,
        winners=outcome.winners,
        adopted=outcome.adopted,
        threshold=poll.threshold,
        quorum=poll.quorum,
        quorum_reached=outcome.quorum_reached,
        by_group={
            name: GroupResult(tally.entitled, tally.participants, tally.present, tally.counts, held)
            for name, tally, held in groups
        },
    )
