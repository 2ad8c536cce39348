"""Opening a frozen box and counting it: from sealed rows to a result, checked against the record. Writes nothing.

Ballots are opened on all processors: libsodium works without Python's lock.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from nacl.public import PrivateKey, SealedBox
from sqlalchemy.engine import Connection

from gateway.kernel.vault import Vault
from gateway.polls import ballots, counting, views
from gateway.polls.counting import Tally
from gateway.polls.model import Poll, Result, Walk
from gateway.polls.store import box
from gateway.polls.unsealed import Choices
from gateway.record import tree

# So many sealed ballots go to a thread at a time, and so many batches wait for each.
BATCH = 500
AHEAD = 2


class BoxChangedError(Exception):
    """What is in the box is not what was recorded when it was frozen."""


class WrongKeyError(Exception):
    """The key in the vault is not this poll's."""


@dataclass(frozen=True)
class Count:
    """A poll's result and the choices it was counted from."""

    result: Result
    choices: Choices = field(repr=False)


@dataclass(frozen=True)
class _Opened:
    """A batch of ballots: the hashes of their sealed rows, and they as they were sealed."""

    leaves: list[bytes]
    plain: list[bytes] = field(repr=False)


def box_root(rows: Iterable[tuple[bytes, bytes]]) -> str:
    """The Merkle root (RFC 6962, hexadecimal) over slot ‖ sealed ballot, in the order given."""
    return tree.root(tree.leaf_hash(slot + sealed) for slot, sealed in rows).hex()


class LinesDigest:
    """The SHA-256 of a published list, line by line, each with its line feed."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, line: str) -> None:
        """Add the next line."""
        self._digest.update(f"{line}\n".encode())

    def hexdigest(self) -> str:
        """The digest of all lines so far."""
        return self._digest.hexdigest()


def digest_lines(lines: Iterable[str]) -> str:
    """The SHA-256 (hexadecimal) of a whole published list."""
    digest = LinesDigest()
    for line in lines:
        digest.add(line)
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
        counts = counting.count(choices.count(), len(people), poll.form)
    except ValueError:
        raise BoxChangedError from None
    tallies = [Tally(p.entitled, p.present, c) for p, c in zip(people, counts, strict=True)]
    if [t.participants for t in tallies] != [p.participants for p in people]:
        raise BoxChangedError
    return Count(counting.report(poll, tallies), choices)


def _open_box(conn: Connection, poll: Poll, private_key: bytes, walk: Walk, length: int) -> Choices:
    choices = Choices()
    rows = 0

    def leaves() -> Iterator[bytes]:
        nonlocal rows
        for batch in opened:
            rows += len(batch.leaves)
            for plain in batch.plain:
                choices.add(plain)
            yield from batch.leaves

    opening = ballots.opening_box(private_key)
    # A ballot that does not open must leave neither a thread nor the database's cursor behind.
    with (
        closing(box.sealed_rows(conn, poll.number)) as stored,
        closing(_open_batches(stored, opening, poll.form.longest)) as opened,
    ):
        root = tree.root(walk(leaves(), length)).hex()
    if root != poll.box_root or rows != length:
        raise ValueError("not the recorded box")
    return choices


def _open_batches(
    rows: Iterator[tuple[bytes, bytes]], opening: SealedBox[PrivateKey], room: int
) -> Generator[_Opened, None, None]:
    """All ballots in their order, batch by batch, opened by as many threads as there are processors."""
    processors = os.cpu_count() or 1
    with ThreadPoolExecutor(processors) as threads:
        waiting: deque[Future[_Opened]] = deque()
        while batch := list(islice(rows, BATCH)):
            waiting.append(threads.submit(_open_batch, batch, opening, room))
            if len(waiting) > AHEAD * processors:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _open_batch(rows: Sequence[tuple[bytes, bytes]], opening: SealedBox[PrivateKey], room: int) -> _Opened:
    return _Opened(
        [tree.leaf_hash(slot + sealed) for slot, sealed in rows],
        [ballots.unseal(opening, sealed, room) for _, sealed in rows],
    )
