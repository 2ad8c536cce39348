"""Who is told what became of a topic, and in which words. Nobody is ever chosen by how they voted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.followup.store import plans
from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.polls.model import PollState
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.actions import spaced
from gateway.topics.model import Topic
from gateway.wording.catalogue import SPOKEN, Wording

Said = str | int | Mapping[str, str]
_OVER = (PollState.CLOSED, PollState.VOID)


def concerned(conn: Connection, topic: Topic) -> list[int]:
    """Everybody who hears what becomes of a topic, each once: author, supporters, the panel on it, and whoever took
    part in the poll that decided it and consents to messages, however they voted."""
    panel = [one for found in panels.panels(conn, topic_id=topic.id) for one in panels.members(conn, found.number)]
    people = [*topics.followers(conn, topic.id), *panel, *_participants(conn, topic)]
    return list(dict.fromkeys(people))


def _participants(conn: Connection, topic: Topic) -> list[int]:
    plan = plans.find_plan(conn, topic.id)
    if plan is None or plan.poll is None or polls.poll(conn, plan.poll).state not in _OVER:
        return []
    return [one.resident_id for one in roll.reach(conn, polls.participants(conn, plan.poll)) if one.consent]


def tell(
    tx: UnitOfWork,
    topic: Topic,
    kind: str,
    key: str,
    audience: Sequence[int],
    *,
    at: datetime,
    wording: Wording,
    subject: str = "",
    capped: bool = False,
    said: Mapping[str, Said],
) -> int | None:
    """Send `followup_news.<key>` by text and call; returns the broadcast's id, None when nobody is meant.

    What is a mapping in `said` is words per language: people of other languages get the first of them.
    """
    if not audience:
        return None
    village = roll.community(tx.connection, topic.community_id)

    def words(form: str, language: str, number: str) -> str:
        values = {name: in_language(value, language) for name, value in said.items()}
        return wording.say(f"followup_news.{key}.{form}", language, village=village.name, topic=number, **values)

    draft = BroadcastDraft(
        community_id=topic.community_id,
        kind=kind,
        subject=subject or f"topic:{topic.number}",
        texts={language: words("text", language, topic.number) for language in wording.languages},
        calls={language: words("call", language, spaced(topic.number)) for language in wording.languages},
        audience=audience,
        capped=capped,
        before_call=words_before_call(tx.connection, topic.community_id, wording=wording),
    )
    return start_broadcast(tx, draft, at=at)


def in_language(value: Said, language: str) -> str | int:
    """Words in a language, or in that which its speakers read, or the first there are; anything else as it is."""
    if isinstance(value, str | int):
        return value
    return value.get(language) or value.get(SPOKEN.get(language, "")) or next(iter(value.values()))


def days(wording: Wording, at: datetime, timezone: str) -> dict[str, str]:
    """A day as people say it, per language."""
    local = at.astimezone(ZoneInfo(timezone))
    return {
        language: wording.say(
            "followup_news.day",
            language,
            month=wording.say(f"meeting_news.month.m{local.month}", language),
            day=local.day,
        )
        for language in wording.languages
    }
