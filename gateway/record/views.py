"""Reading the record: its head, its entries, proofs that anybody can check without us."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.record import store, tree
from gateway.record.model import Entry, Head

_PAGE = 500


def head(conn: Connection) -> Head:
    """How many entries there are and the root over them."""
    size, peaks = store.read_head(conn)
    return Head(size, tree.root_of_peaks(peaks).hex())


def entries(conn: Connection, start: int = 0, limit: int = 100) -> list[Entry]:
    """Entries from number `start` on, in order."""
    return list(store.select_entries(conn, start, limit))


def entries_about(conn: Connection, subject: str) -> list[Entry]:
    """All entries about one subject (`topic:13`), in order."""
    return list(store.select_entries_about(conn, subject))


def all_entries(conn: Connection, size: int) -> Iterator[Entry]:
    """The first `size` entries, read page by page."""
    for start in range(0, size, _PAGE):
        yield from store.select_entries(conn, start, min(_PAGE, size - start))


def inclusion(conn: Connection, seq: int, size: int | None = None) -> list[str]:
    """The proof (hexadecimal) that entry `seq` is among the first `size`; NotFound("record_entry_unknown")."""
    leaves = _leaves(conn, size)
    if not 0 <= seq < len(leaves):
        raise NotFound("record_entry_unknown", number=seq)
    return [step.hex() for step in tree.inclusion_proof(leaves, seq)]


def consistency(conn: Connection, old_size: int, size: int | None = None) -> list[str]:
    """The proof (hexadecimal) that the first `old_size` entries begin the first `size`; NotFound as above."""
    leaves = _leaves(conn, size)
    if not 0 < old_size <= len(leaves):
        raise NotFound("record_entry_unknown", number=old_size)
    return [step.hex() for step in tree.consistency_proof(leaves, old_size)]


def root_at(conn: Connection, size: int) -> str:
    """The root (hexadecimal) over the first `size` entries; NotFound("record_entry_unknown")."""
    return tree.root(_leaves(conn, size)).hex()


def _leaves(conn: Connection, size: int | None) -> list[bytes]:
    whole = store.read_head(conn)[0]
    wanted = whole if size is None else size
    if not 0 <= wanted <= whole:
        raise NotFound("record_entry_unknown", number=wanted)
    return store.leaf_hashes(conn, wanted)
