"""What is said to delegates, and by them, per language; days and hours in the village's own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.roll import views as roll
from gateway.topics.actions import spaced
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording

Said = str | int | Mapping[str, str]


def send(
    tx: UnitOfWork,
    topic: Topic,
    kind: str,
    people: Sequence[int],
    *,
    key: str,
    said: Mapping[str, Said],
    at: datetime,
    wording: Wording,
    subject: str = "",
) -> None:
    """Send `delegate_news.<key>` about a topic by text and call."""
    spoken = {**said, "topic": spaced(topic.number)}
    written = {**said, "topic": topic.number}
    about = subject or f"topic:{topic.number}"
    send_in(
        tx, topic.community_id, kind, about, people, key=key, at=at, wording=wording, written=written, spoken=spoken
    )


def send_in(
    tx: UnitOfWork,
    community_id: int,
    kind: str,
    subject: str,
    people: Sequence[int],
    *,
    key: str,
    at: datetime,
    wording: Wording,
    written: Mapping[str, Said],
    spoken: Mapping[str, Said] | None = None,
    capped: bool = False,
) -> None:
    """Send `delegate_news.<key>` from a community's line; what is a mapping among the values is words per language."""
    if not people:
        return
    village = roll.community(tx.connection, community_id).name

    def words(form: str, language: str, values: Mapping[str, Said]) -> str:
        filled = {name: value if isinstance(value, str | int) else value[language] for name, value in values.items()}
        return wording.say(f"delegate_news.{key}.{form}", language, village=village, **filled)

    draft = BroadcastDraft(
        community_id=community_id,
        kind=kind,
        subject=subject,
        texts={one: words("text", one, written) for one in wording.languages},
        calls={one: words("call", one, spoken or written) for one in wording.languages},
        audience=list(dict.fromkeys(people)),
        capped=capped,
        before_call=words_before_call(tx.connection, community_id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)


def day_words(wording: Wording, at: datetime, timezone: str) -> dict[str, str]:
    """A day as people say it, per language."""
    return {one: _day(wording, at, timezone, one) for one in wording.languages}


def moment_words(wording: Wording, at: datetime, timezone: str) -> dict[str, str]:
    """A day and hour as people say them, per language."""
    clock = f"{at.astimezone(ZoneInfo(timezone)):%H:%M}"
    return {
        one: wording.say("delegate_news.moment", one, day=_day(wording, at, timezone, one), clock=clock)
        for one in wording.languages
    }


def _day(wording: Wording, at: datetime, timezone: str, language: str) -> str:
    local = at.astimezone(ZoneInfo(timezone))
    month = wording.say(f"meeting_news.month.m{local.month}", language)
    return wording.say("followup_news.day", language, month=month, day=local.day)
