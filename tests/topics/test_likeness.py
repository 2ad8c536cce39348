"""Near-duplicate hints and hot spots on real messages, each figure beside its baseline."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.topics.categories import category_of
from gateway.topics.hotspots import Voice, rank
from gateway.topics.likeness import HINT, MOST_HINTS, Likeness, group, pieces

Figure = Callable[[str], None]
# Judged by reading the pairs that two methods (words, four-letter runs) put highest: statements of one and the same wish.
ENGLISH_ISSUES = (
    {175, 197, 281, 445, 543, 711}, {13, 79, 85, 337}, {57, 215, 253, 259, 451, 645}, {117, 305, 401}, {283, 291, 817},
    {457, 459, 465}, {201, 677}, {439, 477}, {831, 835}, {373, 375}, {865, 875}, {649, 669}, {607, 613}, {651, 797},
    {95, 447, 449, 733}, {195, 203}, {271, 277}, {735, 745}, {267, 527}, {571, 575}, {691, 719}, {199, 617}, {205, 881},
    {553, 555},
)  # fmt: skip
LABELS = {
    "城乡建设": "building", "劳动和社会保障": "work", "教育文体": "education", "卫生计生": "health", "交通运输": "roads",
    "商贸旅游": "trade", "环境保护": "environment",
}  # fmt: skip


@cache
def lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Words:
    """The baseline: shared two-letter pieces without weights (Jaccard)."""

    def __init__(self) -> None:
        self.texts: dict[int, frozenset[str]] = {}

    def add(self, key: int, text: str) -> None:
        self.texts[key] = frozenset(pieces(text))

    def best(self, text: str, most: int) -> list[tuple[float, int]]:
        mine = frozenset(pieces(text))
        scored = [(len(mine & other) / (len(mine | other) or 1), -key) for key, other in self.texts.items()]
        return [(score, -key) for score, key in sorted(scored, reverse=True)[:most] if score > 0]


@dataclass
class Measured:
    """What hints were shown and whether they were right: (likeness, right), and where the first right one stood."""

    least: float
    shown: list[tuple[float, bool]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    wanted: int = 0

    def note(self, ranked: Sequence[tuple[float, int]], earlier: set[int]) -> None:
        self.shown += [(score, key in earlier) for score, key in ranked[:MOST_HINTS]]
        self.places.append(next((at for at, (_, key) in enumerate(ranked, start=1) if key in earlier), 0))
        self.wanted += min(MOST_HINTS, len(earlier))

    @property
    def precision(self) -> float:
        kept = [right for score, right in self.shown if score >= self.least]
        return sum(kept) / len(kept)

    @property
    def recall(self) -> float:
        return sum(right for score, right in self.shown if score >= self.least) / self.wanted

    @property
    def average_precision(self) -> float:
        found, area = 0, 0.0
        for at, (_, right) in enumerate(sorted(self.shown, reverse=True), start=1):
            found += right
            area += right * found / at
        return area / self.wanted

    @property
    def reciprocal_rank(self) -> float:
        return sum(1 / place for place in self.places if place) / len(self.places)

    def __str__(self) -> str:
        return (f"AP {self.average_precision:.3f}, P {self.precision:.2f}, R {self.recall:.2f}, "
                f"MRR {self.reciprocal_rank:.2f}")  # fmt: skip


def in_time_order(texts: Sequence[str], issue_of: dict[int, Any]) -> tuple[Measured, Measured]:
    """Our hints and the baseline's; each text of a known issue asks among those before it, as a clerk would."""
    index, words = Likeness(), Words()
    ours, baseline = Measured(HINT), Measured(HINT)
    for key, text in enumerate(texts):
        earlier = {k for k in issue_of if k < key and issue_of[k] == issue_of.get(key)} if key in issue_of else set()
        if earlier:
            ours.note([(one.likeness, one.key) for one in index.similar(text, least=0.0, most=20)], earlier)
            baseline.note(words.best(text, 20), earlier)
        index.add(key, text)
        words.add(key, text)
    return ours, baseline


def test_hints_find_known_issues_in_chinese(shared_data: Path, figure: Figure) -> None:
    rows = lines(shared_data / "topics_zh" / "stream.jsonl")
    known = json.loads((shared_data / "topics_zh" / "known_issues.json").read_text(encoding="utf-8"))
    name_of = {message: name for name, messages in known.items() for message in messages}
    issue_of = {at: name_of[row["id"]] for at, row in enumerate(rows) if row["id"] in name_of}
    ours, baseline = in_time_order([row["title"] for row in rows], issue_of)
    figure(f"topics: hints on {len(issue_of)} Chinese messages of 17 known issues among {len(rows)}: {ours}")
    figure(f"topics: hints, baseline without weights (Jaccard), on the same Chinese messages: {baseline}")
    assert ours.precision > 0.75
    assert ours.recall > 0.75
    assert ours.reciprocal_rank > 0.95
    assert ours.average_precision > baseline.average_precision


def test_hints_find_repeated_statements_in_english(shared_data: Path, figure: Figure) -> None:
    rows = lines(shared_data / "topics_en" / "bowling_green.jsonl")
    at_of = {row["id"]: at for at, row in enumerate(rows)}
    issue_of = {at_of[one]: name for name, issue in enumerate(ENGLISH_ISSUES) for one in issue}
    ours, baseline = in_time_order([row["text"] for row in rows], issue_of)
    figure(f"topics: hints on {len(issue_of)} English statements of 24 issues among {len(rows)}: {ours}")
    figure(f"topics: hints, baseline without weights (Jaccard), on the same English statements: {baseline}")
    assert ours.recall > 0.8
    assert ours.reciprocal_rank > 0.9
    assert ours.average_precision > baseline.average_precision + 0.03


def test_statements_with_a_hint_were_rejected_more_often(shared_data: Path, figure: Figure) -> None:
    """Moderators rejected duplicates among others: a check by people who knew nothing of our hints."""
    rows = lines(shared_data / "topics_en" / "bowling_green.jsonl")
    index = Likeness()
    hinted = []
    for at, row in enumerate(rows):
        if index.similar(row["text"], least=0.4, most=1):
            hinted.append(row["moderated"] == -1)
        index.add(at, row["text"])
    rejected = sum(row["moderated"] == -1 for row in rows) / len(rows)
    share = sum(hinted) / len(hinted)
    figure(
        f"topics: of {len(hinted)} English statements with a strong hint moderators had rejected {share:.0%}, of all {rejected:.0%}"
    )
    assert share > rejected


def test_groups_keep_known_issues_together_and_apart(shared_data: Path, figure: Figure) -> None:
    rows = lines(shared_data / "topics_zh" / "stream.jsonl")
    known = json.loads((shared_data / "topics_zh" / "known_issues.json").read_text(encoding="utf-8"))
    voices = [
        Voice(at, row["title"], frozenset({row["sender"]}), frozenset({str(row["sender"])}), 1, "other", at)
        for at, row in enumerate(rows)
    ]
    at_of = {row["id"]: at for at, row in enumerate(rows)}
    groups = group({voice.key: voice.text for voice in voices})
    group_of = {key: at for at, keys in enumerate(groups) for key in keys}
    exact = {at: row["title"] for at, row in enumerate(rows)}
    ids = [(at_of[message], name) for name, messages in known.items() for message in messages]
    pairs = [(a, b, x == y) for i, (a, x) in enumerate(ids) for b, y in ids[:i]]
    ours = [(group_of[a] == group_of[b], same) for a, b, same in pairs]
    same_title = [(exact[a] == exact[b], same) for a, b, same in pairs]
    spots = rank(voices)
    place = {key: at for at, spot in enumerate(spots, start=1) for key in spot.topics}
    flooded = [at_of[message] for message in known["国家中心城市（同一人重复）"]]
    by_messages = sorted(groups, key=len, reverse=True)
    loud = next(at for at, keys in enumerate(by_messages, start=1) if flooded[0] in keys)
    several = [name for name, messages in known.items() if len({rows[at_of[m]]["sender"] for m in messages}) >= 3]
    hit = [name for name in several if any(place.get(at_of[m], 999) <= 50 for m in known[name])]
    p, r = _precision_recall(ours)
    bp, br = _precision_recall(same_title)
    figure(f"topics: pairs of known messages put together: P {p:.2f} R {r:.2f} (same title: P {bp:.2f} R {br:.2f})")
    figure(f"topics: {len(hit)} of {len(several)} known issues of three people and more are among the 50 hottest of "
           f"{len(groups)} matters; one person's {len(flooded)} messages are place {loud} by messages and no hot spot "
           f"by people")  # fmt: skip
    assert p > 0.95
    assert r > 0.5
    assert not any(at in place for at in flooded)
    assert len(hit) >= 0.7 * len(several)


def _precision_recall(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float]:
    together = sum(mine for mine, _ in pairs)
    right = sum(mine and same for mine, same in pairs)
    return right / (together or 1), right / sum(same for _, same in pairs)


def test_categories_are_guessed_better_than_the_most_frequent(shared_data: Path, figure: Figure) -> None:
    rows = lines(shared_data / "topics_zh" / "labelled.jsonl")
    right = sum(category_of(row["title"] + row["detail"]) == LABELS[row["label"]] for row in rows)
    by_title = sum(category_of(row["title"]) == LABELS[row["label"]] for row in rows)
    most = Counter(row["label"] for row in rows).most_common(1)[0][1]
    figure(f"topics: category right for {right / len(rows):.0%} of {len(rows)} messages, {by_title / len(rows):.0%} by title "
           f"alone (always the most frequent: {most / len(rows):.0%})")  # fmt: skip
    assert right / len(rows) > 0.65


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("村口路灯坏了", "roads"),
        ("the street light is broken", "roads"),
        ("水渠堵了，农田浇不上", "farming"),
        ("", "other"),
    ],
)
def test_category_of_a_short_text(text: str, category: str) -> None:
    assert category_of(text) == category


def test_hints_are_few_sorted_and_without_the_asking_one() -> None:
    index = Likeness()
    for key, text in enumerate(
        ["村口路灯坏了", "村口的路灯不亮", "学校门口要红绿灯", "东村水井没水", "村口路灯坏了好久"]
    ):
        index.add(key, text)
    found = index.similar("村口路灯坏了", but=[0])
    assert [one.key for one in found][:2] == [4, 1] or [one.key for one in found][:1] == [4]
    assert all(one.key != 0 for one in found)
    assert len(found) <= MOST_HINTS
    assert index.similar("") == []
    assert Likeness().similar("村口路灯坏了") == []


def test_groups_of_nothing_and_of_one() -> None:
    assert group({}) == []
    assert group({7: "村口路灯坏了"}) == [[7]]
    assert group({7: "", 8: ""}) == [[7], [8]]


def test_merged_topics_are_one_matter_and_a_flood_is_one_person() -> None:
    def voice(key: int, text: str, people: set[int], matter: int | None = None, place: int = 1) -> Voice:
        return Voice(key, text, frozenset(people), frozenset(str(p) for p in people), place, "roads", matter or key)

    now = [
        voice(1, "村口路灯坏了", {1, 2}),
        voice(2, "晚上太黑", {3}, 1, 2),
        *(voice(i, "狗叫", {9}) for i in range(10, 50)),
    ]
    (spot,) = rank(now, [voice(90, "村口的路灯坏了", {5})])
    assert (spot.topics, spot.people, spot.households, spot.places, spot.people_before) == ((1, 2), 3, 3, 2, 1)
