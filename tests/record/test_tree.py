"""The Merkle tree against the published vectors of RFC 6962 implementations, and against itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record import tree

LEAVES = [tree.leaf_hash(bytes([n])) for n in range(70)]


def _load(shared_data: Path, name: str) -> Any:
    return json.loads((shared_data / "merkle_rfc6962" / name).read_text(encoding="utf-8"))


def _hashes(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def test_hashes_and_roots_are_those_of_the_vectors(shared_data: Path) -> None:
    vectors = _load(shared_data, "tree.json")
    leaves = [tree.leaf_hash(bytes.fromhex(data)) for data in vectors["leaf_data_hex"]]
    assert tree.leaf_hash(b"L123456").hex() == vectors["leaf_hash_of_L123456"]
    assert tree.node_hash(b"N123", b"N456").hex() == vectors["node_hash_of_N123_N456"]
    assert tree.leaf_hash(b"").hex() == vectors["empty_leaf_hash"]
    assert tree.root([]).hex() == vectors["empty_root"]
    assert [tree.root(leaves[:n]).hex() for n in range(1, 9)] == vectors["root_of_first_n"]


def test_inclusion_vectors_hold(shared_data: Path, figure: Callable[[str], None]) -> None:
    cases = _load(shared_data, "inclusion.json")
    for case in cases:
        leaf, root = base64.b64decode(case["leafHash"]), base64.b64decode(case["root"])
        holds = tree.is_included(leaf, case["leafIdx"], case["treeSize"], _hashes(case["proof"]), root)
        assert holds is not case["wantErr"], case["name"]
    figure(f"RFC 6962 inclusion vectors: {len(cases)} of {len(cases)} as published")


def test_consistency_vectors_hold(shared_data: Path, figure: Callable[[str], None]) -> None:
    cases = _load(shared_data, "consistency.json")
    for case in cases:
        old, new = base64.b64decode(case["root1"]), base64.b64decode(case["root2"])
        holds = tree.is_consistent(case["size1"], case["size2"], old, new, _hashes(case["proof"]))
        assert holds is not case["wantErr"], case["name"]
    figure(f"RFC 6962 consistency vectors: {len(cases)} of {len(cases)} as published")


def test_every_proof_of_every_small_tree_verifies() -> None:
    for size in range(1, 40):
        leaves, root = LEAVES[:size], tree.root(LEAVES[:size])
        for n in range(size):
            proof = tree.inclusion_proof(leaves, n)
            assert tree.is_included(leaves[n], n, size, proof, root)
            assert not tree.is_included(LEAVES[-1], n, size, proof, root)
            older = tree.root(leaves[: n + 1])
            steps = tree.consistency_proof(leaves, n + 1)
            assert tree.is_consistent(n + 1, size, older, root, steps)
            assert not tree.is_consistent(n + 1, size, tree.EMPTY_ROOT, root, steps)


@given(st.integers(2, 70), st.data())
def test_an_altered_proof_is_refused(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(leaves, index)
    step, byte = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 31))
    broken = bytearray(proof[step])
    broken[byte] ^= 1
    proof[step] = bytes(broken)
    assert not tree.is_included(leaves[index], index, size, proof, tree.root(leaves))


@pytest.mark.parametrize("index", [-1, 3])
def test_proof_of_no_leaf_is_refused(index: int) -> None:
    with pytest.raises(ValueError):
        tree.inclusion_proof(LEAVES[:3], index)
    with pytest.raises(ValueError):
        tree.consistency_proof(LEAVES[:3], index + 1 if index > 0 else index)
