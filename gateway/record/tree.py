"""The Merkle tree of RFC 6962, section 2.1: leaf and node hashes, roots, inclusion and consistency proofs. Pure.

Whoever holds yesterday's root can check that today's record only adds to it; whoever holds an entry can check that it
is in the record. Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2 (the same trees, clearer words).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def add_leaf(peaks: Sequence[bytes], size: int, leaf: bytes) -> tuple[bytes, ...]:
    """The peaks (roots of the complete subtrees, largest first) of a tree of `size` leaves after one more leaf."""
    return grow(peaks, size, leaf)[0]


def grow(peaks: Sequence[bytes], size: int, leaf: bytes) -> tuple[tuple[bytes, ...], list[bytes]]:
    """The peaks after one more leaf, and every subtree that this leaf completes: of 1, 2, 4 … leaves."""
    stack, completed = list(peaks), [leaf]
    while size & 1:
        completed.append(node_hash(stack.pop(), completed[-1]))
        size >>= 1
    return (*stack, completed[-1]), completed


def root_of_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root over `peaks`; of an empty tree the hash of nothing."""
    if not peaks:
        return EMPTY_ROOT
    found = peaks[-1]
    for left in reversed(peaks[:-1]):
        found = node_hash(left, found)
    return found


def root(leaves: Iterable[bytes], rest: bytes | None = None) -> bytes:
    """The root over leaf hashes, in one pass and logarithmic memory.

    Or over the roots of complete subtrees that all have as many leaves, and of the `rest`, which has fewer, after them.
    """
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        found, complete = leaf, size
        while complete & 1:
            found, complete = node_hash(peaks.pop(), found), complete >> 1
        peaks.append(found)
    return root_of_peaks(peaks if rest is None else [*peaks, rest])


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots lead from leaf `index` to the root over `size`, nearest first (RFC 6962, 2.1.1).

    A range is (first, one past the last). ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    first, end, ranges = 0, size, list[tuple[int, int]]()
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def consistency_ranges(old_size: int, size: int) -> list[tuple[int, int]]:
    """The ranges whose roots show the first `old_size` leaves to begin a tree of `size` (2.1.2); ValueError."""
    if not 0 < old_size <= size:
        raise ValueError("no such older tree")
    first, end, ranges = 0, size, list[tuple[int, int]]()
    while end != old_size:
        middle = first + _split(end - first)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    # What is left is a complete subtree of the older tree; where it is the whole older tree, its root is known.
    return ([(first, end)] if first else []) + ranges[::-1]


def complete_ranges(first: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees that the range `first` to `end` of a tree is made of, largest first."""
    ranges = []
    while first < end:
        width = 1 << (end - first).bit_length() - 1
        ranges.append((first, first + width))
        first += width
    return ranges


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root over `leaves`, nearest first."""
    return [root(leaves[first:end]) for first, end in inclusion_ranges(index, len(leaves))]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The hashes that show the tree over the first `old_size` leaves to be the beginning of this one."""
    return [root(leaves[first:end]) for first, end in consistency_ranges(old_size, len(leaves))]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `proof` shows that `leaf` stands at `index` in the tree of `size` leaves with that root."""
    if not 0 <= index < size or not _are_hashes([leaf, *proof]):
        return False
    position, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node_hash(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, step)
        position, last = position >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found, expected_root)


def is_consistent(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree with `old_root` is the beginning of the one with `new_root`."""
    if not 0 < old_size <= new_size or not _are_hashes(proof):
        return False
    if old_size == new_size:
        return not proof and hmac.compare_digest(old_root, new_root)
    # An older tree that is one complete subtree is itself the first step.
    steps = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not steps or not proof:
        return False
    found = _walk_consistency(steps, old_size - 1, new_size - 1)
    return found is not None and _same(found, (old_root, new_root))


def _walk_consistency(steps: Sequence[bytes], position: int, last: int) -> tuple[bytes, bytes] | None:
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, step)
        position, last = position >> 1, last >> 1
    return (old, new) if last == 0 else None


def _same(found: tuple[bytes, bytes], expected: tuple[bytes, bytes]) -> bool:
    return all(hmac.compare_digest(mine, theirs) for mine, theirs in zip(found, expected, strict=True))


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _split(size: int) -> int:
    # The largest power of two smaller than `size`.
    return 1 << (size - 1).bit_length() - 1
