"""What is said of a meeting, per language: its day and hour in the village's own time, its place, its line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.meetings.model import Meeting
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

Words = dict[str, str]


def words_of(
    conn: Connection, meeting: Meeting, key: str, *, wording: Wording, **more: str | int
) -> tuple[Words, Words]:
    """Texts and calls `meeting_news.<key>.text` and `.call` in every language."""
    community = roll.community(conn, meeting.community_id)
    values: dict[str, str | int] = {
        "village": community.name,
        "meeting": meeting.number,
        "title": meeting.title,
        "place": meeting.place,
        **more,
    }

    def say(kind: str, language: str) -> str:
        when = moment_words(meeting.starts_at, community.timezone, language, wording=wording)
        return wording.say(f"meeting_news.{key}.{kind}", language, when=when, **values)

    languages = wording.languages
    return {one: say("text", one) for one in languages}, {one: say("call", one) for one in languages}


def moment_words(at: datetime, timezone: str, language: str, *, wording: Wording) -> str:
    """Day and hour as a person says them: "11月24日 星期二 15:00", "Tuesday 24 November, 15:00"."""
    local = at.astimezone(ZoneInfo(timezone))
    return wording.say(
        "meeting_news.when",
        language,
        month=wording.say(f"meeting_news.month.m{local.month}", language),
        day=local.day,
        weekday=wording.say(f"meeting_news.weekday.d{local.isoweekday()}", language),
        clock=f"{local:%H:%M}",
    )
