"""What a resident was asked and answers by choosing one of several: a time to be received, an answer to the township.

As in `pending`, a room only says what it asks; the voice menu (`ivr_flows/choosing.yaml`) offers it after the questions
that take a yes or a no.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.delegates import receiving
from gateway.delegates import views as delegates
from gateway.delegates.telling import moment_words
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.roll import views as roll
from gateway.township import consulting
from gateway.township import views as township
from gateway.wording.catalogue import SPOKEN, Wording

# More than anybody listens to.
MOST_OFFERED = 9


class Source(Protocol):
    """One kind of question. `ref` is the source's own number for it; choices are counted from 1."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The refs of what waits for this person, the most pressing first."""

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> str:
        """How it is asked."""

    def choices(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> dict[int, str]:
        """What there is to choose from, in its order."""

    def choose(self, tx: UnitOfWork, ref: int, resident_id: int, choice: int, *, at: datetime) -> bool:
        """Take the answer; False when it is not wanted any more, or somebody was quicker."""

    def kept(self, conn: Connection, ref: int, resident_id: int, language: str, *, wording: Wording) -> str:
        """What is said when it was taken."""


class Receiving:
    """At what time somebody comes to a reception day."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The days that were announced to this person and not answered."""
        return delegates.unanswered_days(conn, resident_id, now)

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> str:
        """Who receives residents, when and where."""
        return _of_day(conn, ref, "asked", language, wording=wording)

    def choices(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> dict[int, str]:
        """The free times."""
        day = delegates.reception_day(conn, ref)
        zone = ZoneInfo(roll.community(conn, day.community_id).timezone)
        del language, wording
        free = delegates.free_slots(conn, ref)[:MOST_OFFERED]
        return {one.number: f"{one.starts_at.astimezone(zone):%H:%M}" for one in free}

    def choose(self, tx: UnitOfWork, ref: int, resident_id: int, choice: int, *, at: datetime) -> bool:
        """Take that time."""
        try:
            receiving.book(tx, ref, resident_id, choice, at=at)
        except (NotFound, RuleError):
            return False
        return True

    def kept(self, conn: Connection, ref: int, resident_id: int, language: str, *, wording: Wording) -> str:
        """The time that was taken."""
        slot = delegates.slot_of(conn, ref, resident_id)
        return _of_day(conn, ref, "kept", language, wording=wording, when=slot.starts_at if slot else None)


class Consulting:
    """What the level above wants to know of the residents of many communities."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The open consultations that this person has not answered."""
        return township.unanswered(conn, resident_id, now)

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> str:
        """Who asks, and what."""
        found = township.consultation(conn, ref)
        above = roll.community(conn, found.community_id).name
        question, _ = found.words(language, SPOKEN.get(language, ""))
        return wording.say("township_news.asked.question", language, above=above, question=question)

    def choices(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> dict[int, str]:
        """The options."""
        del wording
        _, options = township.consultation(conn, ref).words(language, SPOKEN.get(language, ""))
        return dict(enumerate(options, start=1))

    def choose(self, tx: UnitOfWork, ref: int, resident_id: int, choice: int, *, at: datetime) -> bool:
        """Keep the answer."""
        try:
            return consulting.answer(tx, ref, resident_id, choice, at=at)
        except (NotFound, RuleError):
            return False

    def kept(self, conn: Connection, ref: int, resident_id: int, language: str, *, wording: Wording) -> str:
        """Thanks, and that the result will be told."""
        del conn, ref, resident_id
        return wording.say("township_news.asked.kept", language)


SOURCES: Mapping[str, Source] = {"consulting": Consulting(), "receiving": Receiving()}


def first_waiting(conn: Connection, resident_id: int, now: datetime, *, leaving_out: set[str]) -> str | None:
    """The name of the first question that waits for somebody, such as "receiving:5"; not those of `leaving_out`."""
    for name, source in SOURCES.items():
        for ref in source.waiting(conn, resident_id, now):
            if (key := f"{name}:{ref}") not in leaving_out:
                return key
    return None


def source_of(key: str) -> tuple[Source, int]:
    """The source and its ref that a name of `first_waiting` stands for; KeyError when the source is gone."""
    name, _, ref = key.partition(":")
    return SOURCES[name], int(ref)


def _of_day(
    conn: Connection, number: int, key: str, language: str, *, wording: Wording, when: datetime | None = None
) -> str:
    day = delegates.reception_day(conn, number)
    timezone = roll.community(conn, day.community_id).timezone
    moment = moment_words(wording, when or day.starts_at, timezone)[wording.language_for(language)]
    who = roll.resident(conn, day.guest_id).name
    said = {"who": who, "when": moment, "place": day.place}
    return wording.say(f"delegate_news.reception.{key}", language, **said)
