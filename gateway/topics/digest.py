"""The monthly digest in plain words: how many people spoke, of what, more or fewer than the month before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.engine import Connection

from gateway.topics import store
from gateway.topics.hotspots import HotSpot, Voice, rank, voices
from gateway.topics.model import topic_number
from gateway.wording.catalogue import Wording

SHOWN_SPOTS = 10


class Say(Protocol):
    """Says a sentence of the digest."""

    def __call__(self, key: str, **values: str | int) -> str: ...


@dataclass(frozen=True)
class Entry:
    """One hot spot as the digest shows it: its first topic's number and what the public may read of it."""

    spot: HotSpot
    topic: str
    shown: str


@dataclass(frozen=True)
class Digest:
    """A period's digest: people behind all topics and topics, now and before; people by category; hot spots."""

    start: datetime
    end: datetime
    people: int
    people_before: int
    topics: int
    topics_before: int
    categories: dict[str, tuple[int, int]]
    entries: tuple[Entry, ...]


def make_digest(
    conn: Connection, community_ids: Sequence[int], before: datetime, start: datetime, end: datetime
) -> Digest:
    """The digest of `start` to before `end`, with the trend from the period that began at `before`."""
    now, earlier = voices(conn, community_ids, start, end), voices(conn, community_ids, before, start)
    people, people_before = _people(now), _people(earlier)
    names = sorted({voice.category for voice in [*now, *earlier]})
    counted = {name: (len(_people(now, name)), len(_people(earlier, name))) for name in names}
    return Digest(
        start=start,
        end=end,
        people=len(people),
        people_before=len(people_before),
        topics=len(now),
        topics_before=len(earlier),
        categories=dict(sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))),
        entries=tuple(_entry(conn, spot) for spot in rank(now, earlier)[:SHOWN_SPOTS]),
    )


def _people(found: Sequence[Voice], category: str | None = None) -> frozenset[int]:
    return frozenset[int]().union(*(voice.people for voice in found if category in (None, voice.category)))


def _entry(conn: Connection, spot: HotSpot) -> Entry:
    first = store.find_topic(conn, spot.topics[0])
    return Entry(spot, topic_number(spot.topics[0]), first.shown if first else "")


def in_words(digest: Digest, place: str, month: str, language: str, *, wording: Wording) -> str:
    """The digest as plain text, one line for each thing said."""

    def say(key: str, **values: str | int) -> str:
        return wording.say(f"topic_digest.{key}", language, **values)

    lines = [
        say("title", place=place, month=month),
        say(
            "people", people=digest.people, topics=digest.topics, trend=_trend(digest.people, digest.people_before, say)
        ),
        *(
            say("category", name=say(f"categories.{name}"), people=now, trend=_trend(now, earlier, say))
            for name, (now, earlier) in digest.categories.items()
            if now
        ),
        say("spots" if digest.entries else "no_spots"),
        *(_spot_line(number, entry, say) for number, entry in enumerate(digest.entries, start=1)),
        say("how"),
    ]
    return "\n".join(lines)


def _spot_line(number: int, entry: Entry, say: Say) -> str:
    spot = entry.spot
    return say(
        "spot",
        number=number,
        topic=entry.topic,
        text=entry.shown or say("spoken"),
        people=spot.people,
        households=spot.households,
        places=spot.places,
        topics=len(spot.topics),
        trend=_trend(spot.people, spot.people_before, say),
    )


def _trend(now: int, earlier: int, say: Say) -> str:
    if earlier == 0:
        return say("trend.new") if now else say("trend.same")
    if now == earlier:
        return say("trend.same")
    return say("trend.more" if now > earlier else "trend.fewer", difference=abs(now - earlier))
