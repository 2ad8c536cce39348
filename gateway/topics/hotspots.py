"""Hot spots: what many different people raised in a period, over one community or many.

Counted are people, then households, then places, never messages: somebody who writes forty times counts once. Topics
that clerks merged are one matter already; of the others those that speak alike are put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.roll import views as roll
from gateway.topics import store
from gateway.topics.categories import OTHER
from gateway.topics.likeness import group
from gateway.topics.model import Stage, Topic

FEWEST_PEOPLE = 2


@dataclass(frozen=True)
class Voice:
    """One topic as a hot spot counts it: what it says, who is behind it, where they live, in which community."""

    key: int
    text: str = field(repr=False)
    people: frozenset[int]
    households: frozenset[str]
    place: int
    category: str
    matter: int


@dataclass(frozen=True)
class HotSpot:
    """One matter: the topics about it, most backed first, and how many people, households and places stand behind it.

    `people_before`: how many people raised or backed the like of it in the period before.
    """

    topics: tuple[int, ...]
    people: int
    households: int
    places: int
    category: str
    people_before: int = 0


def find_hot_spots(
    conn: Connection, community_ids: Sequence[int], start: datetime, end: datetime, *, before: datetime | None = None
) -> list[HotSpot]:
    """The hot spots of topics raised from `start` to before `end`; with `before` also how it was until `start`."""
    now = voices(conn, community_ids, start, end)
    earlier = voices(conn, community_ids, before, start) if before else []
    return rank(now, earlier)


def voices(conn: Connection, community_ids: Sequence[int], start: datetime, end: datetime) -> list[Voice]:
    """Every topic of a period with everybody behind it; declined ones are what people raised too."""
    found = store.find_topics(conn, community_ids, None, raised_from=start, raised_before=end)[::-1]
    backing = store.supporters_of(conn, [topic.id for topic in found])
    homes = {one: home for community in community_ids for one, home in roll.households(conn, community).items()}
    return [_voice(topic, backing.get(topic.id, set()), homes) for topic in found if topic.shown]


def _voice(topic: Topic, backers: set[int], homes: Mapping[int, str]) -> Voice:
    people = frozenset({topic.author_id} | backers)
    return Voice(
        key=topic.id,
        text=f"{topic.title} {topic.text}",
        people=people,
        households=frozenset(homes.get(one) or f"\0{one}" for one in people),
        place=topic.community_id,
        category=topic.category or OTHER,
        matter=topic.merged_into if topic.stage is Stage.MERGED and topic.merged_into else topic.id,
    )


def rank(now: Sequence[Voice], earlier: Sequence[Voice] = ()) -> list[HotSpot]:
    """Matters by people, households and places behind them; those of a single person are none.

    The period before is grouped together with this one, so that the same matter is found again.
    """
    matters = _matters([*earlier, *now])
    mine = {voice.key for voice in now}
    spots = [
        _spot([v for v in matter if v.key in mine], [v for v in matter if v.key not in mine]) for matter in matters
    ]
    hot = [spot for spot in spots if spot.people >= FEWEST_PEOPLE]
    return sorted(hot, key=lambda spot: (-spot.people, -spot.households, -spot.places, spot.topics))


def _matters(found: Sequence[Voice]) -> list[list[Voice]]:
    """Voices by matter: what was merged is together, and the texts of those are grouped by likeness."""
    merged: dict[int, list[Voice]] = {}
    for voice in found:
        merged.setdefault(voice.matter, []).append(voice)
    texts = {matter: " ".join(voice.text for voice in voices) for matter, voices in merged.items()}
    return [[voice for matter in matters for voice in merged[matter]] for matters in group(texts)]


def _spot(now: Sequence[Voice], earlier: Sequence[Voice]) -> HotSpot:
    people = frozenset[int]().union(*(voice.people for voice in now))
    categories = Counter(voice.category for voice in now)
    return HotSpot(
        topics=tuple(voice.key for voice in sorted(now, key=lambda voice: (-len(voice.people), voice.key))),
        people=len(people),
        households=len(frozenset[str]().union(*(voice.households for voice in now))),
        places=len({voice.place for voice in now}),
        category=min(categories, key=lambda name: (-categories[name], name)) if categories else OTHER,
        people_before=len(frozenset[int]().union(*(voice.people for voice in earlier))),
    )
