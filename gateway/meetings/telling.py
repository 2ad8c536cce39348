"""What is said of a meeting, per language: its day and hour in the village's own time, its place, its line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.meetings.model import Meeting, subject_of
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

Words = dict[str, str]


def words_of(
    conn: Connection, meeting: Meeting, key: str, *, wording: Wording, **more: str | int
) -> tuple[Words, Words]:
    """Texts and calls `meeting_news.<key>.text` and `.call` in every language."""
    languages = wording.languages
    texts = {one: say(conn, meeting, f"{key}.text", one, wording=wording, **more) for one in languages}
    return texts, {one: say(conn, meeting, f"{key}.call", one, wording=wording, **more) for one in languages}


def draft_of(
    conn: Connection,
    meeting: Meeting,
    kind: str,
    key: str,
    people: Sequence[int],
    *,
    wording: Wording,
    **more: str | int,
) -> BroadcastDraft:
    """The message `meeting_news.<key>` about a meeting to `people`."""
    texts, calls = words_of(conn, meeting, key, wording=wording, **more)
    before = words_before_call(conn, meeting.community_id, wording=wording)
    return BroadcastDraft(
        meeting.community_id, kind, subject_of(meeting.number), texts, calls, people, before_call=before
    )


def say(conn: Connection, meeting: Meeting, key: str, language: str, *, wording: Wording, **more: str | int) -> str:
    """The sentence `meeting_news.<key>`, filled with what is known of the meeting."""
    community = roll.community(conn, meeting.community_id)
    values: dict[str, str | int] = {
        "village": community.name,
        "meeting": meeting.number,
        "title": meeting.title,
        "place": meeting.place,
        "when": moment_words(meeting.starts_at, community.timezone, language, wording=wording),
        **more,
    }
    return wording.say(f"meeting_news.{key}", language, **values)


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
