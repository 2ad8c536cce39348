"""What concerns the sender alone: language, stopping and starting, my items, news, a call, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.conversation.acts.behalf import ask_about
from gateway.conversation.acts.invited import ask_again
from gateway.conversation.answers import Answer, Turn
from gateway.meetings import telling
from gateway.meetings import views as meetings
from gateway.messaging.actions import cancel_for
from gateway.polls import views as polls
from gateway.polls.model import PollState
from gateway.roll import actions as roll
from gateway.roll.model import Resident, StopKind
from gateway.topics import views as topics
from gateway.topics.model import Topic

SHOWN_ITEMS = 4
# The agenda in a text: the two most backed topics, a few characters of each.
SHOWN_BACKED = 2
SHOWN_CHARACTERS = 12


def help_(turn: Turn) -> Answer:
    """How to take part, in two segments."""
    return turn.answer("help")


def language(turn: Turn) -> Answer:
    """Speak another language of the community from now on: the one named, else the next there is."""
    languages = [code for code in turn.community.languages if code in turn.wording.languages]
    wanted = turn.meaning.language if turn.meaning.words else _next(turn.resident.language, languages)
    if wanted not in languages:
        names = (turn.wording.say("pages.language_name", code) for code in languages)
        return turn.answer("language.unknown", languages=" ".join(names))
    roll.set_language(turn.tx, turn.resident.id, wanted)
    return Answer((turn.wording.say("text.language.changed", wanted, village=turn.community.name),))


def stop(turn: Turn) -> Answer:
    """No more broadcasts; what waits to be sent is given up. The vote stays. Confirmed once.

    Whoever gives a code stops for themselves; without one it holds for everybody on this telephone, for a carrier's
    rule is that the word alone must be enough.
    """
    people = [person for person in _meant(turn) if person.stopped is StopKind.NOTHING]
    for person in people:
        roll.set_stop(turn.tx, person.id, StopKind.BROADCASTS)
        cancel_for(turn.tx, person.id)
    return turn.answer("stop") if people else Answer()


def start(turn: Turn) -> Answer:
    """Broadcasts again, for the same people."""
    for person in _meant(turn):
        roll.set_stop(turn.tx, person.id, StopKind.NOTHING)
    return turn.answer("start")


def mine(turn: Turn) -> Answer:
    """The sender's topics and where each stands, the polls that are open, and an invitation that waits."""
    own = topics.topics_of(turn.tx.connection, turn.resident.id)[:SHOWN_ITEMS]
    items = [turn.say("mine.topic", topic=topic.number, stage=turn.say(f"stage.{topic.stage}")) for topic in own]
    items += [turn.say("mine.poll", poll=poll.number) for poll in turn.polls[:SHOWN_ITEMS]]
    items += [turn.say("mine.meeting", meeting=one) for one in _invitations(turn)]
    answer = turn.answer("mine.list", items=_in_a_row(items)) if items else turn.answer("mine.none")
    if entered := ask_about(turn):
        return replace(answer, words=(*answer.words, entered), asks=True)
    return ask_again(turn, answer)


def _invitations(turn: Turn) -> list[int]:
    return meetings.invitations(turn.tx.connection, turn.resident.id, turn.now)[:SHOWN_ITEMS]


def news(turn: Turn) -> Answer:
    """What is open, the next meeting, what was decided and minuted last, and what residents back most."""
    conn, community = turn.tx.connection, turn.community.id
    closed = polls.polls(turn.tx.connection, turn.community.id, [PollState.CLOSED])
    items = [turn.say("mine.poll", poll=poll.number) for poll in turn.polls[:SHOWN_ITEMS]]
    if following := meetings.next_meeting(conn, community, turn.now):
        when = telling.moment_words(
            following.starts_at, turn.community.timezone, turn.resident.language, wording=turn.wording
        )
        items.append(turn.say("news.meeting", meeting=following.number, when=when, place=following.place))
    items += [turn.say("news.decided", poll=poll.number) for poll in closed[-2:]]
    if minuted := meetings.last_minutes(conn, community):
        items.append(turn.say("news.minutes", meeting=minuted.number))
    items += [_backed(turn, topic) for topic in topics.agenda(turn.tx.connection, turn.community.id, SHOWN_BACKED)]
    return turn.answer("news.list", items=_in_a_row(items)) if items else turn.answer("news.none")


def _backed(turn: Turn, topic: Topic) -> str:
    words = topic.shown[:SHOWN_CHARACTERS] or turn.say("news.spoken")
    return turn.say("news.backed", topic=topic.number, words=words, supporters=topic.supporters)


def call(turn: Turn) -> Answer:
    """Somebody will call."""
    return Answer((turn.say("call"),), for_person=True)


def _in_a_row(items: Sequence[str]) -> str:
    return " ".join(items).rstrip(";；")


def _meant(turn: Turn) -> tuple[Resident, ...]:
    return (turn.resident,) if turn.meaning.code else turn.household.residents


def _next(language_now: str, languages: Sequence[str]) -> str:
    at = languages.index(language_now) + 1 if language_now in languages else 0
    return languages[at % len(languages)] if languages else language_now
