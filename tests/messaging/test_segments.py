"""Segments: every agreed value of the vectors, and what may be made plain."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from gateway.messaging.segments import count_segments, downgrade


def test_segments_agree_with_all_vectors(shared_data: Path, figure: Callable[[str], None]) -> None:
    lines = (shared_data / "sms_segments" / "vectors.jsonl").read_text(encoding="utf-8").splitlines()
    vectors = [json.loads(line) for line in lines]
    wrong = []
    for vector in vectors:
        found = count_segments(vector["text"])
        if (found.encoding, found.units, found.segments) != (vector["encoding"], vector["units"], vector["segments"]):
            wrong.append((vector["name"], found))
    assert not wrong
    figure(f"{len(vectors)} of {len(vectors)} segment vectors agree")


def test_segments_know_the_capital_cedilla_and_not_the_small_one() -> None:
    assert count_segments("Ç" * 160).segments == 1
    assert count_segments("ç").encoding == "UCS-2"


def test_segments_never_split_a_pair() -> None:
    assert count_segments("a" * 152 + "€" + "a" * 152).segments == 3
    assert count_segments("中" * 66 + "😀" + "中" * 66).segments == 3
    assert count_segments("").segments == 0


def test_downgrade_makes_plain_where_nothing_is_lost() -> None:
    assert downgrade("“It’s done” – tomorrow…") == '"It\'s done" - tomorrow...'
    assert count_segments(downgrade("’" * 160)).segments == 1


def test_downgrade_leaves_chinese_and_other_scripts_alone() -> None:
    for text in ("“水管”修好了……", "naïve ç – x", "表决3 – 1赞成"):
        assert downgrade(text) == text
