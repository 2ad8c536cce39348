"""How alike two topics are: shared character sequences, the rarer the heavier. A hint for a clerk, never a decision.

Chinese is read in pairs of characters, other writing in runs of four letters within words; so there is no dictionary to
keep, names of places count as what they are, and a slip of the finger changes little. Rare sequences weigh more
(inverse document frequency), because "路灯" says less in a village than the name of the lane. Two texts are as alike as
the weight of what they share, over the geometric mean of what each weighs; that is the cosine of their roots.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Alike enough to be shown to a clerk, and to be counted as one matter. Measured: docs/topics.md.
HINT = 0.20
SAME = 0.36
MOST_HINTS = 3
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff_]+")
_IDEOGRAPHS = range(0x3400, 0xA000)
_PAIR, _LETTERS = 2, 4


def pieces(text: str) -> Counter[str]:
    """The sequences of characters that a text is compared by."""
    found: Counter[str] = Counter()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if ord(run[0]) in _IDEOGRAPHS:
            found.update(run[at : at + _PAIR] for at in range(len(run) - _PAIR + 1))
        else:
            word = f" {run} "
            found.update(word[at : at + _LETTERS] for at in range(max(1, len(word) - _LETTERS + 1)))
    return found


@dataclass(frozen=True)
class Alike:
    """Another topic and how alike it is, from 0 to 1."""

    key: int
    likeness: float


@dataclass
class Likeness:
    """An index of texts by key. Weights are those of the texts that are in it when it is asked."""

    texts: dict[int, Counter[str]] = field(default_factory=dict)
    holders: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: int, text: str) -> None:
        """Put a text into the index; a key is added once."""
        self.texts[key] = pieces(text)
        for piece in self.texts[key]:
            self.holders[piece].append(key)

    def rarity(self, piece: str) -> float:
        """How much a piece weighs: the more the fewer texts hold it."""
        return math.log((2 + len(self.texts)) / (1 + len(self.holders.get(piece, ()))))

    def weights(self, counts: Iterable[str]) -> dict[str, float]:
        """The roots of the weights of a text's pieces, of length 1 in all."""
        raw = {piece: math.sqrt(self.rarity(piece)) for piece in counts}
        length = math.sqrt(sum(weight * weight for weight in raw.values()))
        return {piece: weight / length for piece, weight in raw.items()} if length else {}

    def similar(
        self, text: str, *, least: float = HINT, most: int = MOST_HINTS, but: Iterable[int] = ()
    ) -> list[Alike]:
        """The texts most like `text`, best first, without the keys in `but`."""
        shared: dict[int, float] = defaultdict(float)
        own = 0.0
        for piece in pieces(text):
            rarity = self.rarity(piece)
            own += rarity
            for key in self.holders.get(piece, ()):
                shared[key] += rarity
        found: list[Alike] = []
        left_out = set(but)
        for key, weight in sorted(shared.items(), key=lambda one: (-one[1], one[0])):
            # No text weighs less than what it shares, so nothing from here on can be more alike than this.
            if math.sqrt(weight / own) < max(least, found[most - 1].likeness if len(found) >= most else 0.0):
                break
            if key not in left_out:
                likeness = weight / math.sqrt(own * sum(map(self.rarity, self.texts[key])))
                found = sorted([*found, Alike(key, likeness)], key=lambda one: (-one.likeness, one.key))
        return [one for one in found if one.likeness >= least][:most]


def group(texts: Mapping[int, str], *, same: float = SAME) -> list[list[int]]:
    """Texts that speak of one matter, by key: each joins the group whose middle is nearest, if that is near enough.

    Texts are taken in the order of `texts`; a second pass moves those that came before their group had formed.
    """
    index = Likeness()
    for key, text in texts.items():
        index.add(key, text)
    weights = {key: index.weights(counts) for key, counts in index.texts.items()}
    groups = _Groups(weights, same)
    for key in texts:
        groups.place(key)
    for key in texts:
        groups.leave(key)
        groups.place(key)
    return [keys for keys in groups.members.values() if keys]


class _Groups:
    """Groups under way: members and the sum of their weights, found by piece."""

    def __init__(self, weights: Mapping[int, Mapping[str, float]], same: float) -> None:
        self.weights, self.same = weights, same
        self.members: dict[int, list[int]] = {}
        self.sums: dict[int, dict[str, float]] = {}
        self.holders: dict[str, dict[int, float]] = defaultdict(dict)
        self.lengths: dict[int, float] = {}
        self.group_of: dict[int, int] = {}

    def place(self, key: int) -> None:
        """Put a text into the nearest group, or into one of its own."""
        near: dict[int, float] = defaultdict(float)
        for piece, weight in self.weights[key].items():
            for at, total in self.holders[piece].items():
                near[at] += weight * total
        scored = [(product / self.lengths[at], -at) for at, product in near.items() if self.lengths[at]]
        best, negative = max(scored, default=(0.0, 0))
        at = -negative if best >= self.same else len(self.members)
        self.members.setdefault(at, []).append(key)
        self.group_of[key] = at
        self._change(at, key, 1)

    def leave(self, key: int) -> None:
        """Take a text out of its group."""
        at = self.group_of.pop(key)
        self.members[at].remove(key)
        self._change(at, key, -1)

    def _change(self, at: int, key: int, sign: int) -> None:
        total = self.sums.setdefault(at, defaultdict(float))
        for piece, weight in self.weights[key].items():
            total[piece] += sign * weight
            if total[piece] > 1e-9:  # noqa: PLR2004  # what is left of a number taken away again
                self.holders[piece][at] = total[piece]
            else:
                total.pop(piece)
                self.holders[piece].pop(at, None)
        self.lengths[at] = math.sqrt(sum(value * value for value in total.values()))
