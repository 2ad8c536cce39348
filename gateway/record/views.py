"""Reading the record: its head, its entries, proofs that anybody can check without us."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.record import store, tree
from gateway.record.model import IN_BETWEEN, Checkpoint, Entry, Head, Key, Stamp, digits_of
from gateway.record.walking import roots


def head(conn: Connection) -> Head:
    """How many entries there are and the root over them."""
    size, peaks = store.read_head(conn)
    return Head(size, tree.root_of_peaks(peaks).hex())


def entries(conn: Connection, start: int = 0, limit: int = 100, *, about: str | None = None) -> list[Entry]:
    """Entries from number `start` on, in order; with `about`, those about one subject."""
    return list(store.select_entries(conn, start, limit, about))


def entries_about(conn: Connection, subject: str) -> list[Entry]:
    """All entries about one subject (`topic:13`), in order."""
    return list(store.select_entries_about(conn, subject))


def inclusion(conn: Connection, seq: int, size: int | None = None) -> list[str]:
    """The proof (hexadecimal) that entry `seq` is among the first `size`; NotFound("record_entry_unknown")."""
    size = _size(conn, size)
    if not 0 <= seq < size:
        raise NotFound("record_entry_unknown", number=seq)
    return _roots(conn, tree.inclusion_ranges(seq, size))


def consistency(conn: Connection, old_size: int, size: int | None = None) -> list[str]:
    """The proof (hexadecimal) that the first `old_size` entries begin the first `size`; NotFound as above."""
    size = _size(conn, size)
    if not 0 < old_size <= size:
        raise NotFound("record_entry_unknown", number=old_size)
    return _roots(conn, tree.consistency_ranges(old_size, size))


def root_at(conn: Connection, size: int) -> str:
    """The root (hexadecimal) over the first `size` entries; NotFound("record_entry_unknown")."""
    return _roots(conn, [(0, _size(conn, size))])[0]


def checkpoint(conn: Connection, size: int) -> Checkpoint:
    """The checkpoint of a size; NotFound("record_checkpoint_unknown")."""
    found = store.find_checkpoint(conn, size)
    if found is None:
        raise NotFound("record_checkpoint_unknown", size=size)
    return found


def newest_checkpoint(conn: Connection) -> Checkpoint | None:
    """The newest checkpoint; None before the first."""
    return store.find_checkpoint(conn)


def checkpoints(conn: Connection, above: int = -1, limit: int = 100) -> list[Checkpoint]:
    """Checkpoints of sizes greater than `above`, smallest first."""
    return store.select_checkpoints(conn, above=above, limit=limit)


def checkpoints_by_digits(conn: Connection, digits: str) -> list[Checkpoint]:
    """The checkpoints whose twelve digits somebody has before them (spaces do not matter)."""
    return store.find_checkpoints_by_digits(conn, "".join(digits.split()))


def keys(conn: Connection) -> list[Key]:
    """The public keys that checkpoints were signed with, oldest first."""
    return store.select_keys(conn)


def salts(conn: Connection, seq: int) -> dict[str, str]:
    """The salts (hexadecimal) by which words can be shown to be those of an entry; none once they are forgotten."""
    return store.select_salts(conn, seq)


def stamp(conn: Connection, subject: str) -> Stamp | None:
    """Where a subject stands on the record: the same for everybody until its next stage; None when it has no entry.

    Its twelve digits are those of the checkpoint that is signed after that stage.
    """
    newest = store.find_newest_about(conn, subject, IN_BETWEEN)
    if newest is None:
        return None
    size = newest.seq + 1
    return Stamp(newest.kind, newest.at, size, digits_of(root_at(conn, size)))


def _roots(conn: Connection, ranges: Sequence[tuple[int, int]]) -> list[str]:
    return [one.hex() for one in roots(ranges, partial(store.select_spans, conn))]


def _size(conn: Connection, size: int | None) -> int:
    whole = store.read_head(conn)[0]
    wanted = whole if size is None else size
    if not 0 <= wanted <= whole:
        raise NotFound("record_entry_unknown", number=wanted)
    return wanted
