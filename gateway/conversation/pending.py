"""What a resident has been asked and answers with yes or no: one port, so that a room only says what it asks.

A source finds what waits for somebody, says it, and takes the answer. The voice menu (`ivr_flows/answers.yaml`) offers
it after the polls; further sources join `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.engine import Connection

from gateway.behalf import actions as behalf_actions
from gateway.behalf import telling as behalf_telling
from gateway.behalf import views as behalf
from gateway.delegates import referring
from gateway.delegates import views as delegates
from gateway.followup import confirming
from gateway.followup import views as followup_views
from gateway.followup.model import Verdict
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, GatewayError, NotFound, RuleError
from gateway.meetings import inviting as meetings_inviting
from gateway.meetings import telling
from gateway.meetings import views as meetings
from gateway.panels import inviting
from gateway.panels import views as panels
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording


@dataclass(frozen=True)
class Question:
    """A question to be spoken; `yes` and `no` are what the keys mean, without the key ("if it is done")."""

    words: str = field(repr=False)
    yes: str
    no: str


class Source(Protocol):
    """One kind of question. `ref` is the source's own number for it, an id."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The refs of what waits for this person, the most pressing first."""

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> Question:
        """How it is asked."""

    def answer(self, tx: UnitOfWork, ref: int, resident_id: int, yes: bool, *, at: datetime, wording: Wording) -> bool:
        """Take the answer; False when it is not wanted any more. Giving it again does no harm."""


class Judging:
    """Whether something that the village says is done is really done: asked of everybody concerned.

    A yes may get a grade, 1 to 5 (`calls/effects/asked.py`).
    """

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The topics to be judged by this person."""
        del now
        return [topic.id for topic in followup_views.to_be_judged_by(conn, resident_id)]

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> Question:
        """Number and words of the topic, and whether it is so."""
        topic = topics.topic_by_id(conn, ref)
        assert topic
        words = wording.say("call.sentence", language, text=topic.shown.rstrip("。.")) if topic.shown else ""
        again = len(followup_views.completions_of(conn, ref)) > 1
        asked = f"call.asked.judge.{'again' if again else 'question'}"
        return Question(
            wording.say(asked, language, topic=", ".join(topic.number), words=words),
            wording.say("call.asked.judge.yes", language),
            wording.say("call.asked.judge.no", language),
        )

    def answer(self, tx: UnitOfWork, ref: int, resident_id: int, yes: bool, *, at: datetime, wording: Wording) -> bool:
        """Keep the judgement."""
        del wording
        return confirming.judge(tx, ref, resident_id, Verdict.DONE if yes else Verdict.NOT_DONE, at=at)


class Inviting:
    """Whether somebody who was drawn takes the seat on a panel; a no goes to the next of the stratum at once."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The panels that this person was invited to and has not answered."""
        del now
        return panels.invitations(conn, resident_id)

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> Question:
        """What the panel is about, and whether they take part."""
        title = panels.panel(conn, ref).draft.title
        return Question(
            wording.say("panel_invitation.asked.question", language, title=title),
            wording.say("panel_invitation.asked.yes", language),
            wording.say("panel_invitation.asked.no", language),
        )

    def answer(self, tx: UnitOfWork, ref: int, resident_id: int, yes: bool, *, at: datetime, wording: Wording) -> bool:
        """Take the seat or leave it; False when it went to somebody else meanwhile."""
        try:
            inviting.answer(tx, ref, resident_id, yes, at=at, wording=wording)
        except (NotFound, RuleError):
            return False
        return True


class Meeting:
    """Whether somebody who was invited comes to a meeting."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The meetings to which this person was invited and has not replied."""
        return meetings.invitations(conn, resident_id, now)

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> Question:
        """When and where it is, what about, and whether they come."""
        found = meetings.meeting(conn, ref)
        return Question(
            telling.say(conn, found, "asked.question", language, wording=wording),
            wording.say("meeting_news.asked.yes", language),
            wording.say("meeting_news.asked.no", language),
        )

    def answer(self, tx: UnitOfWork, ref: int, resident_id: int, yes: bool, *, at: datetime, wording: Wording) -> bool:
        """Note the yes or no; False when it has begun or was called off meanwhile."""
        del wording
        try:
            meetings_inviting.reply(tx, ref, resident_id, yes, at=at)
        except (NotFound, RuleError):
            return False
        return True


class Behalf:
    """Whether something that was entered for somebody is what they want; a no undoes it."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """What was entered for this person and may still be revoked."""
        return [entered.id for entered in behalf.open_for(conn, resident_id, now)]

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> Question:
        """Who entered what."""
        entered = behalf.entered(conn, ref)
        assert entered
        who = behalf_telling.who_words(conn, entered, language, wording=wording)
        deed = behalf_telling.what_words(conn, entered, language, wording=wording, aloud=True)
        return Question(
            wording.say("behalf_news.asked.question", language, who=who, deed=deed),
            wording.say("behalf_news.asked.yes", language),
            wording.say("behalf_news.asked.no", language),
        )

    def answer(self, tx: UnitOfWork, ref: int, resident_id: int, yes: bool, *, at: datetime, wording: Wording) -> bool:
        """Leave it, or undo it; False when it cannot be undone any more."""
        del wording
        if yes:
            return behalf_actions.confirm(tx, ref, resident_id)
        try:
            with tx.connection.begin_nested():
                behalf_actions.revoke(tx, ref, resident_id, at=at)
        except GatewayError:
            return False
        return True


class Referring:
    """Whether a delegate takes on what was put to them; the answer goes to whoever raised or backs it."""

    def waiting(self, conn: Connection, resident_id: int, now: datetime) -> list[int]:
        """The referrals that this guest has not answered."""
        del now
        return delegates.waiting_for(conn, resident_id)

    def question(self, conn: Connection, ref: int, language: str, *, wording: Wording) -> Question:
        """What it is about, how many stand behind it."""
        found = delegates.referral(conn, ref)
        topic = topics.topic_by_id(conn, found.topic_id) if found else None
        assert topic
        return Question(
            wording.say(
                "call.asked.refer.question",
                language,
                topic=", ".join(topic.number),
                words=topic.shown,
                supporters=topic.supporters,
            ),
            wording.say("call.asked.refer.yes", language),
            wording.say("call.asked.refer.no", language),
        )

    def answer(self, tx: UnitOfWork, ref: int, resident_id: int, yes: bool, *, at: datetime, wording: Wording) -> bool:
        """Carry the answer to those concerned."""
        try:
            referring.answer_by_key(tx, ref, yes, at=at, wording=wording, guest_id=resident_id)
        except (NotFound, RuleError, Conflict):
            return False
        return True


# What was entered for somebody can be revoked for a day only; an invitation has a time by which it must be answered.
SOURCES: Mapping[str, Source] = {
    "behalf": Behalf(),
    "inviting": Inviting(),
    "meeting": Meeting(),
    "referring": Referring(),
    "judging": Judging(),
}


def first_waiting(conn: Connection, resident_id: int, now: datetime, *, leaving_out: set[str]) -> str | None:
    """The name of the first question that waits for somebody, such as "judging:12"; not those of `leaving_out`."""
    for name, source in SOURCES.items():
        for ref in source.waiting(conn, resident_id, now):
            if (key := f"{name}:{ref}") not in leaving_out:
                return key
    return None


def source_of(key: str) -> tuple[Source, int]:
    """The source and its ref that a name of `first_waiting` stands for; KeyError when the source is gone."""
    name, _, ref = key.partition(":")
    return SOURCES[name], int(ref)
