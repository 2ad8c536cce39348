"""Opening a frozen box and counting it: from sealed rows to a result, checked against the record. Writes nothing.

Of a large box that is done on all processors (`crew`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy.engine import Connection

from gateway.kernel.vault import Vault
from gateway.polls import ballots, counting, views
from gateway.polls.counting import Tally
from gateway.polls.crew import PIECE, work_through
from gateway.polls.model import Poll, Result, Walk
from gateway.polls.pieces import Opening, root_over
from gateway.polls.store import box
from gateway.polls.unsealed import Choices
from gateway.record import tree


class BoxChangedError(Exception):
    """What is in the box is not what was recorded when it was frozen."""


class WrongKeyError(Exception):
    """The key in the vault is not this poll's."""


@dataclass(frozen=True)
class Count:
    """A poll's result and the choices it was counted from."""

    result: Result
    choices: Choices = field(repr=False)


def box_root(conn: Connection, poll: Poll) -> str:
    """The Merkle root (RFC 6962, hexadecimal) over slot ‖ sealed ballot of the box, by slot."""
    roots = _Roots()
    # Reading the box takes as long as hashing it; a crew would have to be handed it first.
    for piece in _pieces(conn, poll):
        roots.add(root_over(piece), len(piece))
    return roots.root()


class LinesDigest:
    """The SHA-256 of a published list, line by line, each with its line feed."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, lines: Sequence[str]) -> None:
        """Add the next lines; many at a time, for of one the calls take longer than the hash."""
        self._digest.update("".join([f"{line}\n" for line in lines]).encode())

    def hexdigest(self) -> str:
        """The digest of all lines so far."""
        return self._digest.hexdigest()


def digest_lines(lines: Iterable[str]) -> str:
    """The SHA-256 (hexadecimal) of a whole published list."""
    digest, remaining = LinesDigest(), iter(lines)
    while some := list(islice(remaining, PIECE)):
        digest.add(some)
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
    choices, roots, rows, pieces = Choices(), _Roots(), 0, -(-length // PIECE)
    # A ballot that does not open must leave neither a process nor a thread behind.
    with closing(work_through(Opening(private_key, poll.form.longest), _pieces(conn, poll), ballots=length)) as opened:
        for piece in walk(opened, pieces):
            roots.add(piece.root, len(piece.plain))
            choices.add(piece.plain)
            rows += len(piece.plain)
    if roots.root() != poll.box_root or rows != length:
        raise ValueError("not the recorded box")
    return choices


def _pieces(conn: Connection, poll: Poll) -> Iterator[list[tuple[bytes, bytes]]]:
    """The box in the order of its slots, piece by piece."""
    last = b""
    while piece := box.sealed_rows(conn, poll.number, last, PIECE):
        yield piece
        last = piece[-1][0]


class _Roots:
    """Puts the roots over pieces together; all but the last are complete subtrees."""

    def __init__(self) -> None:
        self._complete: list[bytes] = []
        self._rest: bytes | None = None

    def add(self, root: bytes, ballots_in_it: int) -> None:
        """Add the root over the next piece."""
        if ballots_in_it == PIECE:
            self._complete.append(root)
        else:
            self._rest = root

    def root(self) -> str:
        """The root over all of them, hexadecimal."""
        return tree.root(self._complete, self._rest).hex()
