"""The township's month: hot spots over all its communities, promises kept and overdue, answers owed, complaints.

Made once in the first days of a month, kept, and noted on the clerk's list and sent in short to delegates and
officials; in words and for machines. It names nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.delegates import views as delegates
from gateway.followup import views as followup
from gateway.followup.desk import clerks_with_telephones, put_on_list
from gateway.followup.judging import CompletionState
from gateway.followup.model import Light
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.messaging.segments import count_segments
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.roll.audience import with_children
from gateway.roll.model import Community
from gateway.topics import digest as topics
from gateway.topics import views as topic_views
from gateway.topics.hotspots import HotSpot
from gateway.topics.model import PUBLIC_STAGES, topic_number
from gateway.township import store
from gateway.wording.catalogue import Wording

# The kind of the broadcast that tells officials of the month.
DIGEST = "digest"
MOST_SEGMENTS, SPOTS_IN_SHORT, FEW = 2, 3, 12


def make_due(ports: Ports, *, wording: Wording) -> int:
    """Make last month's digest for every community that has others below it; returns how many. May run twice."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        everywhere = roll.communities(conn)
        above = [one for one in everywhere if any(other.parent_id == one.id for other in everywhere)]
        month = {one.id: last_month(now, one) for one in above}
        due = [one for one in above if store.find_digest(conn, one.id, month[one.id]) is None]
    for one in due:
        with ports.db.work() as tx:
            _make(tx, one, month[one.id], ports=ports, wording=wording)
            tx.commit()
    return len(due)


def last_month(at: datetime, community: Community) -> str:
    """The month before that of a moment, in the community's own time: 2026-10."""
    first = at.astimezone(ZoneInfo(community.timezone)).replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def compile_month(conn: Connection, community: Community, month: str, at: datetime) -> dict[str, Any]:
    """A month for machines: hot spots, categories, promises, verdicts, referrals, complaints, by community where small
    numbers cannot tell who somebody is."""
    places = with_children(conn, community)
    ids = [one.id for one in places]
    before, start, end = _bounds(month, community.timezone)
    spoken = topics.make_digest(conn, ids, before, start, end)
    return {
        "community": community.code,
        "month": month,
        "places": [one.code for one in places],
        "people": spoken.people,
        "people_before": spoken.people_before,
        "topics": spoken.topics,
        "categories": {name: now for name, (now, _) in spoken.categories.items() if now},
        "hot_spots": [
            {
                "topics": [topic_number(one) for one in entry.spot.topics],
                "shown": _public_words(conn, entry.spot),
                "people": entry.spot.people,
                "households": entry.spot.households,
                "places": entry.spot.places,
                "people_before": entry.spot.people_before,
            }
            for entry in spoken.entries
        ],
        "promises": _promises(conn, places, at),
        "verdicts": _verdicts(conn, ids, start, end),
        "referrals": _referrals(conn, ids, at),
        "complaints": _complaints(conn, ids, start, end, at),
    }


def in_words(conn: Connection, data: dict[str, Any], community: Community, language: str, *, wording: Wording) -> str:
    """The same month in plain words: what many spoke of first, then what is owed."""
    before, start, end = _bounds(data["month"], community.timezone)
    ids = [one.id for one in with_children(conn, community)]
    spoken = topics.make_digest(conn, ids, before, start, end)
    lines = [topics.in_words(spoken, community.name, data["month"], language, wording=wording)]

    def say(key: str, **values: str | int) -> str:
        return wording.say(f"township_news.digest.{key}", language, **values)

    promises = data["promises"]
    total = {name: sum(one[name] for one in promises.values()) for name in ("kept", "open", "overdue")}
    lines.append(say("promises", **total))
    lines += [
        say("overdue", place=roll.community_by_code(conn, code).name, overdue=one["overdue"])
        for code, one in promises.items()
        if one["overdue"]
    ]
    lines.append(say("verdicts", **data["verdicts"]))
    lines.append(say("referrals", **data["referrals"]))
    lines.append(say("complaints", **data["complaints"]))
    return "\n".join(lines)


def _make(tx: UnitOfWork, community: Community, month: str, *, ports: Ports, wording: Wording) -> None:
    now = ports.clock.now()
    data = compile_month(tx.connection, community, month, now)
    language = community.languages[0]
    text = in_words(tx.connection, data, community, language, wording=wording)
    store.insert_digest(tx, community.id, month, data, text, at=now)
    _tell_officials(tx, community, data, at=now, wording=wording)
    words = wording.say("township_news.digest.ready", language, place=community.name, month=month)
    put_on_list(tx, ports, community.id, f"digest:{month}", words, at=now)
    entry = {"month": month, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    record.append(tx, "township.digest", f"community:{community.code}", entry, at=now)


def _tell_officials(
    tx: UnitOfWork, community: Community, data: dict[str, Any], *, at: datetime, wording: Wording
) -> None:
    """The month in one message, to the delegates and officials of the community and to its clerks by telephone."""
    places = [one.id for one in with_children(tx.connection, community)]
    people = [*delegates.officials(tx.connection, places), *clerks_with_telephones(tx.connection, community.id)]
    if not people or not data["topics"]:
        return

    def words(form: str, language: str) -> str:
        return _in_short(data, community, form, language, wording=wording)

    draft = BroadcastDraft(
        community_id=community.id,
        kind=DIGEST,
        subject=f"community:{community.code}",
        texts={one: words("text", one) for one in wording.languages},
        calls={one: words("call", one) for one in wording.languages},
        audience=list(dict.fromkeys(people)),
        before_call=words_before_call(tx.connection, community.id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)


def _public_words(conn: Connection, spot: HotSpot) -> str | None:
    """The words of the first public topic of a hot spot ("" when they were only spoken); None without one."""
    found = topic_views.first_public(conn, spot.topics)
    return found.shown if found else None


def _in_short(data: dict[str, Any], community: Community, form: str, language: str, *, wording: Wording) -> str:
    """What most people spoke of, what is overdue; as many hot spots as fit into two segments."""

    def say(key: str, **values: str | int) -> str:
        return wording.say(f"township_news.digest.{key}", language, **values)

    public = [spot for spot in data["hot_spots"] if spot["shown"] is not None]
    spots = [
        say("short_spot", words=spot["shown"][:FEW] or say("spoken"), people=spot["people"])
        for spot in public[:SPOTS_IN_SHORT]
    ]
    owed = {
        "place": community.name,
        "month": int(data["month"][5:]),
        "people": data["people"],
        "topics": data["topics"],
        "overdue": sum(one["overdue"] for one in data["promises"].values()),
        "late": data["referrals"]["late"],
    }
    for count in range(len(spots), -1, -1):
        said = say("short_spots", spots=say("short_between").join(spots[:count])) if count else ""
        text = say(f"short.{form}", spots=said, **owed)
        if form == "call" or count_segments(text).segments <= MOST_SEGMENTS:
            break
    return text


def _bounds(month: str, timezone: str) -> tuple[datetime, datetime, datetime]:
    """The beginnings of the month before, of the month, and of the one after."""
    year, number = (int(part) for part in month.split("-"))
    zone = ZoneInfo(timezone)
    start = datetime(year, number, 1, tzinfo=zone)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    before = (start - timedelta(days=1)).replace(day=1)
    return before, start, end


def _promises(conn: Connection, places: Sequence[Community], at: datetime) -> dict[str, dict[str, int]]:
    found = {}
    for place in places:
        lights = [one.light for one in followup.promises(conn, place.id, at)]
        found[place.code] = {
            "kept": sum(one in (Light.KEPT, Light.KEPT_LATE) for one in lights),
            "open": sum(one in (Light.BLUE, Light.YELLOW, Light.RED) for one in lights),
            "overdue": lights.count(Light.RED),
        }
    return found


def _verdicts(conn: Connection, ids: Sequence[int], start: datetime, end: datetime) -> dict[str, int]:
    public = [one.id for place in ids for one in topic_views.topics(conn, place, sorted(PUBLIC_STAGES))]
    asked = [one for topic_id in public for one in followup.completions_of(conn, topic_id)]
    over = [one.state for one in asked if one.closes_at is not None and start <= one.closes_at < end]
    return {"stand": over.count(CompletionState.STANDS), "reopened": over.count(CompletionState.REOPENED)}


def _referrals(conn: Connection, ids: Sequence[int], at: datetime) -> dict[str, int]:
    lights = [one.light for one in delegates.referrals(conn, ids, at)]
    return {"made": len(lights), "answered": lights.count("kept"), "late": lights.count("red")}


def _complaints(conn: Connection, ids: Sequence[int], start: datetime, end: datetime, at: datetime) -> dict[str, int]:
    found = followup.complaint_statistics(conn, ids, at, start=start, end=end)
    return {"made": found.made, "answered": found.answered, "late": found.overdue}
