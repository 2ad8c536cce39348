"""What is new in a village, as it is heard by telephone: the next meeting, results, minutes, updates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step, spell
from gateway.followup import views as followup
from gateway.followup.model import Light
from gateway.meetings import telling
from gateway.meetings import views as meetings
from gateway.messaging.views import words_for
from gateway.polls import announcing
from gateway.polls import views as polls
from gateway.polls.model import PollState
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.model import PUBLIC_STAGES

MOST_RESULTS = 3
MOST_UPDATES = 3
MOST_PROMISES = 2
_OPEN = frozenset({Light.RED, Light.YELLOW, Light.BLUE})


@dataclass(frozen=True)
class Item:
    """One piece of news; `words` says it in the caller's language."""

    words: Callable[[Step, Connection], str]


def news_of(conn: Connection, community_id: int, now: datetime) -> list[Item]:
    """The next meeting, the last results, the summary of the last minutes, the last updates, newest first in each,
    then what is promised next or overdue."""
    following, minuted = meetings.next_meeting(conn, community_id, now), meetings.last_minutes(conn, community_id)
    coming = [Item(_meeting(following.number, "news.call"))] if following else []
    summary = [Item(_meeting(minuted.number, "minutes.call"))] if minuted else []
    closed = polls.polls(conn, community_id, [PollState.CLOSED])[-MOST_RESULTS:]
    results = [Item(_result(poll.number)) for poll in reversed(closed)]
    updates = [Item(_update(topic_id)) for topic_id in _updated(conn, community_id)]
    promises = [one for one in followup.promises(conn, community_id, now) if one.light in _OPEN]
    return [*coming, *results, *summary, *updates, *(Item(_promise(one)) for one in promises[:MOST_PROMISES])]


def _updated(conn: Connection, community_id: int) -> list[int]:
    public = [topic.id for topic in topics.topics(conn, community_id, sorted(PUBLIC_STAGES))]
    return followup.last_updated(conn, public, MOST_UPDATES)


def _meeting(number: int, key: str) -> Callable[[Step, Connection], str]:
    def words(step: Step, conn: Connection) -> str:
        found = meetings.meeting(conn, number)
        language = step.wording.language_for(step.language)
        return telling.say(conn, found, key, language, wording=step.wording, summary=found.summary)

    return words


def _result(number: int) -> Callable[[Step, Connection], str]:
    def words(step: Step, conn: Connection) -> str:
        poll = polls.poll(conn, number)
        village = roll.community(conn, poll.community_id).name
        said = announcing.announce(poll, polls.result(conn, number), village, wording=step.wording)
        return said.calls[step.wording.language_for(step.language)]

    return words


def _update(topic_id: int) -> Callable[[Step, Connection], str]:
    def words(step: Step, conn: Connection) -> str:
        topic = topics.topic_by_id(conn, topic_id)
        assert topic
        default = roll.community(conn, topic.community_id).languages[0]
        told = followup.updates(conn, topic_id)
        news = step.sentence(words_for(told[0].words, step.language, default))
        if followup.is_taken_up_again(topic, told):
            news = step.say("call.status.stage.taken_up_again")
        return step.say("call.news.update", topic=spell(topic.number), words=step.sentence(topic.shown), news=news)

    return words


def _promise(one: followup.Promise) -> Callable[[Step, Connection], str]:
    def words(step: Step, conn: Connection) -> str:
        place = roll.community(conn, one.topic.community_id)
        local = one.milestone.due_at.astimezone(ZoneInfo(place.timezone))
        return step.say(
            "call.news.promise",
            topic=spell(one.topic.number),
            words=step.sentence(words_for(one.milestone.words, step.language, place.languages[0])),
            due=step.say("call.day", month=step.say(f"call.month.{local.month}"), day=local.day),
            light=step.say(f"call.promise.{one.light}"),
        )

    return words
