"""The record in the database: one sequence without gaps or forks, nothing personal, checkable from the export alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.ports import Ports
from gateway.record import tree, views
from gateway.record.actions import append
from gateway.record.exporting import export_lines, verify_lines
from gateway.record.model import canonical_json, entry_bytes
from tests.fakes import NOON


def _append(ports: Ports, count: int = 1, **data: Any) -> None:
    for n in range(count):
        with ports.db.work() as tx:
            append(tx, "topic.raised", f"topic:{n}", data or {"n": n}, at=NOON)
            tx.commit()


def _export(ports: Ports) -> list[str]:
    return list(export_lines(ports.db))


def test_head_of_an_empty_record_is_the_empty_root(ports: Ports) -> None:
    with ports.db.read() as conn:
        head = views.head(conn)
    assert (head.size, head.root) == (0, tree.EMPTY_ROOT.hex())


def test_entries_count_from_zero_and_make_the_root(ports: Ports) -> None:
    _append(ports, 7)
    with ports.db.read() as conn:
        entries = views.entries(conn)
        head = views.head(conn)
        assert [entry.seq for entry in entries] == list(range(7))
        assert views.entries(conn, 3, 2) == entries[3:5]
        assert views.entries_about(conn, "topic:4") == [entries[4]]
        assert views.root_at(conn, 7) == head.root
    leaves = [tree.leaf_hash(entry_bytes(e.seq, e.kind, e.subject, e.data, e.at)) for e in entries]
    assert [leaf.hex() for leaf in leaves] == [e.leaf_hash for e in entries]
    assert tree.root(leaves).hex() == head.root


def test_append_rolled_back_leaves_no_gap(ports: Ports) -> None:
    _append(ports, 2)
    with ports.db.work() as tx:
        assert append(tx, "topic.raised", "topic:9", {}, at=NOON) == 2
    _append(ports)
    with ports.db.read() as conn:
        assert [entry.subject for entry in views.entries(conn)] == ["topic:0", "topic:1", "topic:0"]


def test_parallel_writers_make_one_sequence(ports: Ports, figure: Callable[[str], None]) -> None:
    """Eight writers of 40 entries each; of 500 in the long form (SOAK=1)."""
    each = 500 if os.environ.get("SOAK") else 40

    def write(writer: int) -> None:
        for n in range(each):
            with ports.db.work() as tx:
                append(tx, "topic.raised", f"topic:{writer}-{n}", {"n": n}, at=NOON)
                tx.commit()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, writer) for writer in range(8)]:
            done.result()
    with ports.db.read() as conn:
        entries = views.entries(conn, 0, 9 * each)
        assert [entry.seq for entry in entries] == list(range(8 * each))
        assert len({entry.subject for entry in entries}) == 8 * each
        assert views.root_at(conn, 8 * each) == views.head(conn).root
    assert verify_lines(_export(ports)).size == 8 * each
    kind = ports.db.engine.dialect.name
    figure(f"{kind}: 8 writers of {each} entries each made one sequence without gap or fork")


def test_proofs_verify_against_the_head(ports: Ports) -> None:
    _append(ports, 11)
    with ports.db.read() as conn:
        head = views.head(conn)
        entry = views.entries(conn, 6, 1)[0]
        path = [bytes.fromhex(step) for step in views.inclusion(conn, 6)]
        assert tree.is_included(bytes.fromhex(entry.leaf_hash), 6, 11, path, bytes.fromhex(head.root))
        steps = [bytes.fromhex(step) for step in views.consistency(conn, 5, 11)]
        old = bytes.fromhex(views.root_at(conn, 5))
        assert tree.is_consistent(5, 11, old, bytes.fromhex(head.root), steps)
        for ask in (
            lambda: views.inclusion(conn, 11),
            lambda: views.consistency(conn, 0),
            lambda: views.root_at(conn, 12),
        ):
            with pytest.raises(NotFound):
                ask()


@pytest.mark.parametrize(
    "value",
    [
        "+8613812345678",
        "call 13812345678",
        "请打13812345678。",
        "+86 138 1234 5678",
        "0044 20 7946 0018",
        ["x", {"y": "+8657112345678"}],
    ],
)
def test_append_refuses_what_looks_like_a_telephone_number(ports: Ports, value: Any) -> None:
    with ports.db.work() as tx, pytest.raises(ValueError):
        append(tx, "topic.raised", "topic:1", {"value": value}, at=NOON)


@pytest.mark.parametrize(
    "value",
    ["2026-11-24T04:00:00Z", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", "1/2", "20475",
     "a13812345678b", "hQ+12345678/wKpw=", "2026-11-24T12:00:00+08:00", "4821 9037 5"],
)  # fmt: skip
def test_append_takes_hashes_dates_and_receipts(ports: Ports, value: str) -> None:
    _append(ports, 1, value=value)


@pytest.mark.parametrize("value", [0.5, 2**53, b"x", NOON, {1: "x"}, {"x": float("nan")}])
def test_append_refuses_what_readers_may_read_differently(ports: Ports, value: Any) -> None:
    with ports.db.work() as tx, pytest.raises(ValueError):
        append(tx, "topic.raised", "topic:1", {"value": value}, at=NOON)


def test_canonical_json_is_that_of_rfc_8785() -> None:
    # The sorting example of RFC 8785, section 3.2.3.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical_json(dict.fromkeys(keys, 1)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip
    assert canonical_json({"b": [True, None, -1], "a": '村"\n\x1f/'}) == '{"a":"村\\"\\n\\u001f/","b":[true,null,-1]}'


def test_moments_are_kept_to_the_second_in_utc(ports: Ports) -> None:
    with ports.db.work() as tx:
        append(tx, "a", "b", {}, at=datetime(2026, 11, 24, 4, 0, 1, 999_999, tzinfo=UTC))
        tx.commit()
    assert '"at":"2026-11-24T04:00:01Z"' in _export(ports)[0]
    assert verify_lines(_export(ports)).size == 1


def test_export_verifies_and_every_change_is_found(ports: Ports) -> None:
    _append(ports, 5, note="村口 lamp")
    lines = _export(ports)
    with ports.db.read() as conn:
        found, head = verify_lines(lines), views.head(conn)
    assert (found.size, found.root) == (head.size, head.root)
    broken = {
        "changed": [lines[0].replace("lamp", "lamb"), *lines[1:]],
        "left out": [*lines[:2], *lines[3:]],
        "swapped": [lines[1], lines[0], *lines[2:]],
        "repeated": [lines[0], *lines],
        "other time": [lines[0].replace("04:00:00", "04:00:01"), *lines[1:]],
        "no head": lines[:-1],
        "cut before the head": [*lines[:-2], lines[-1]],
        "other head": [*lines[:-1], lines[-1].replace('"size":5', '"size":6')],
        "something after the head": [*lines, lines[0]],
        "not JSON": ["x", *lines],
        "a list": ["[]", *lines],
        "half an entry": ['{"seq":0,"root":"x"}', *lines],
        "empty": [],
    }
    for name, changed in broken.items():
        with pytest.raises(InputError):
            verify_lines(changed)
            pytest.fail(name)


def test_export_with_all_hashes_recomputed_has_another_root(ports: Ports) -> None:
    """Whoever rewrites everything is found by the root that others have noted down."""
    _append(ports, 3)
    honest = verify_lines(_export(ports))
    other = [json.loads(line) for line in _export(ports)[:-1]]
    other[1]["data"] = {"n": 99}
    leaves = []
    for entry in other:
        at = datetime.fromisoformat(entry["at"]).astimezone(UTC) + timedelta(0)
        leaf = tree.leaf_hash(entry_bytes(entry["seq"], entry["kind"], entry["subject"], entry["data"], at))
        entry["leaf_hash"] = leaf.hex()
        leaves.append(leaf)
    lines = [*map(canonical_json, other), canonical_json({"size": 3, "root": tree.root(leaves).hex()})]
    assert verify_lines(lines).root != honest.root
