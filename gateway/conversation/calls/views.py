"""The facts that sentences of a call are filled with, looked up at the moment they are said: name → function.

So a question, an option or a message never travels in a call's state, and it is said in the language just chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.conversation.calls.ballots import ballot_words, how_to_choose, option_words
from gateway.conversation.calls.effects.hours import PARTS_OF_DAY
from gateway.conversation.calls.news import news_of
from gateway.conversation.calls.step import Step, spell
from gateway.conversation.choosing import source_of as choice_source_of
from gateway.conversation.pending import source_of
from gateway.delegates import views as delegates
from gateway.followup import views as followup
from gateway.meetings import views as meetings
from gateway.messaging import views as messaging
from gateway.messaging.views import words_for
from gateway.polls.model import Poll
from gateway.record import views as record
from gateway.record.model import grouped
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.masking import mask
from gateway.topics.model import Stage, Topic, topic_number

View = Callable[[Step, Connection], dict[str, str]]
# Where a part of the day begins, by the hour.
_PARTS_OF_DAY = ((18, "evening"), (13, "afternoon"), (12, "noon"), (0, "morning"))


def _poll(step: Step, conn: Connection) -> dict[str, str]:
    poll = step.poll(conn, step.number("poll"))
    # In a list the option that is being said, else the one that is asked about.
    number = step.values.get("number") or step.values.get("option_at")
    ballot = step.text("ballot")
    return {
        "poll_number": str(poll.number),
        "question": poll.words(step.language).question,
        "option": option_words(step, poll, number) if isinstance(number, int) else "",
        "count": str(len(poll.options)),
        "limit": how_to_choose(step, poll),
        "score_max": str(poll.form.score_max),
        "place": str(len(step.numbers("taken")) + 1),
        "ballot": ballot_words(step, poll, ballot) if ballot else "",
        "closes": _closing_time(step, conn, poll) if step.text("receipt") else "",
    }


def _closing_time(step: Step, conn: Connection, poll: Poll) -> str:
    zone = ZoneInfo(roll.community(conn, poll.community_id).timezone)
    return spoken_time(step, poll.closes_at.astimezone(zone))


def _poll_list(step: Step, conn: Connection) -> dict[str, str]:
    at = step.values.get("number")
    if not isinstance(at, int):
        return {}
    return {"question": step.poll(conn, step.numbers("poll_numbers")[at - 1]).words(step.language).question}


def _topic(step: Step, conn: Connection) -> dict[str, str]:
    found = topics.topic(conn, step.text("topic"))
    if found is None:
        raise KeyError("topic")
    return {
        "topic": spell(found.number),
        "words": _words(step, found),
        "stage": step.say(f"call.status.stage.{_standing(conn, found)}"),
        "news": _news(step, conn, found),
    }


def _standing(conn: Connection, topic: Topic) -> str:
    again = followup.is_taken_up_again(topic, followup.updates(conn, topic.id))
    return "taken_up_again" if again else str(topic.stage)


def _record(step: Step, conn: Connection) -> dict[str, str]:
    """The newest stage of a topic, its day, and the twelve digits of the public record up to it, in fours."""
    found = topics.topic(conn, step.text("topic"))
    stamp = record.stamp(conn, f"topic:{step.text('topic')}")
    if found is None or stamp is None:
        raise KeyError("topic")
    local = stamp.at.astimezone(ZoneInfo(roll.community(conn, found.community_id).timezone))
    return {
        "topic": spell(found.number),
        "stage": step.say(f"call.status.stage.{found.stage}"),
        "day": step.say("call.day", month=step.say(f"call.month.{local.month}"), day=local.day),
        "digits": "; ".join(spell(four) for four in grouped(stamp.digits).split()),
    }


def _words(step: Step, topic: Topic) -> str:
    """What a topic is about, for its author and once the village has accepted it for everybody."""
    if not (topic.is_public or topic.author_id == step.values.get("resident")):
        return ""
    return step.sentence(topic.shown) or step.say("call.topics.spoken")


def _news(step: Step, conn: Connection, topic: Topic) -> str:
    if topic.stage is Stage.DECLINED:
        # The reason was given to the author alone.
        mine = topic.author_id == step.values.get("resident")
        return step.say("call.status.reason", reason=topic.reason) if mine else ""
    updates = followup.updates(conn, topic.id)
    if not updates or followup.is_taken_up_again(topic, updates):
        return ""
    default = roll.community(conn, topic.community_id).languages[0]
    return step.say("call.status.news", news=step.sentence(words_for(updates[0].words, step.language, default)))


def _message(step: Step, conn: Connection) -> dict[str, str]:
    script = messaging.call_script(conn, step.number("attempt"), step.number("resident"))
    return {"text": script.text if script else step.say("call.outbound.already")}


def _language(step: Step, conn: Connection) -> dict[str, str]:
    at = step.values.get("number")
    return {"spoken_in": languages_of(step, conn)[at - 1]} if isinstance(at, int) else {}


def _asked(step: Step, conn: Connection) -> dict[str, str]:
    source, ref = source_of(step.text("asked"))
    question = source.question(conn, ref, step.language, wording=step.wording)
    return {"question": question.words, "yes": question.yes, "no": question.no}


def _news_item(step: Step, conn: Connection) -> dict[str, str]:
    items = news_of(conn, step.number("community"), step.now)
    return {"news": items[min(step.number("news_at"), len(items) - 1)].words(step, conn)}


def _new_topic(step: Step, conn: Connection) -> dict[str, str]:
    topic = topics.topic_by_id(conn, step.number("new_topic"))
    assert topic
    zone = ZoneInfo(roll.community(conn, topic.community_id).timezone)
    local = topic.raised_at.astimezone(zone)
    day = step.say("call.day", month=step.say(f"call.month.{local.month}"), day=local.day)
    return {"topic": spell(topic.number), "raised": day, "words": step.sentence(topic.text)}


def _meeting(step: Step, conn: Connection) -> dict[str, str]:
    meeting = meetings.meeting(conn, step.number("meeting"))
    straw = meetings.open_straw(conn, meeting.number)
    hands = step.say("call.meeting.hands", question=step.sentence(straw.question)) if straw else ""
    return {"title": meeting.title, "hands_asked": hands}


def _floor(step: Step, conn: Connection) -> dict[str, str]:
    now, asker = meetings.floor_now(conn, step.number("meeting")), step.number("asker")
    names = [roll.resident(conn, seat.resident_id).name for seat in now.speaking]
    asking = step.say("call.floor.nobody_asks")
    if asker:
        person = roll.resident(conn, asker)
        asking = step.say("call.floor.asking_now", count=len(now.asking), name=person.name, code=spell(person.code))
    return {
        "speaking_now": "".join(step.say("call.floor.speaking_now", name=name) for name in names),
        "asking_now": asking,
        "hands_now": step.say("call.floor.hands_now") if now.straw else "",
    }


def _complaint(step: Step, conn: Connection) -> dict[str, str]:
    found = followup.complaint(conn, step.text("complaint_number"))
    number = spell(found.number) if found else ""
    return {"complaint": number, "answer": step.sentence(found.answer) if found else ""}


def _choice(step: Step, conn: Connection) -> dict[str, str]:
    """The question, in a list the choice that is being said, afterwards what was taken."""
    source, ref = choice_source_of(step.text("choice_asked"))
    at, wording, language = step.values.get("number"), step.wording, step.language
    offered = source.choices(conn, ref, language, wording=wording) if isinstance(at, int) else {}
    return {
        "question": source.question(conn, ref, language, wording=wording),
        "choice": offered.get(at, "") if isinstance(at, int) else "",
        "kept": source.kept(conn, ref, step.number("resident"), language, wording=wording),
    }


def _routed(step: Step, conn: Connection) -> dict[str, str]:
    question = topics.question(conn, step.number("routed"))
    assert question
    topic = topics.topic_by_id(conn, question.topic_id)
    assert topic
    # A guest is told no more of the asker than the public is.
    return {"about": step.sentence(topic.shown or spell(topic.number)), "asked": step.sentence(mask(question.text))}


def _spoken_answer(step: Step, conn: Connection) -> dict[str, str]:
    question = topics.question(conn, step.number("answered"))
    assert question
    return {"topic": spell(topic_number(question.topic_id)), "asked": step.sentence(question.text)}


def _reply(step: Step, conn: Connection) -> dict[str, str]:
    found = delegates.referral(conn, step.number("reply"))
    assert found
    return {"topic": spell(topic_number(found.topic_id))}


def _reason(step: Step, _conn: Connection) -> dict[str, str]:
    at = step.values.get("number")
    return {"reason": step.say(f"call.staff.reason.{at}")} if isinstance(at, int) else {}


def _hours(step: Step, _conn: Connection) -> dict[str, str]:
    # In the list the part of the day that is being said, afterwards the one that was chosen.
    at = step.values.get("number") or step.values.get("hours_at")
    return {"hours": step.say(f"call.hours.{PARTS_OF_DAY[at - 1][0]}")} if isinstance(at, int) else {}


VIEWS: Mapping[str, View] = {
    "poll": _poll,
    "poll_list": _poll_list,
    "topic": _topic,
    "record": _record,
    "message": _message,
    "language": _language,
    "asked": _asked,
    "news": _news_item,
    "new_topic": _new_topic,
    "reason": _reason,
    "choice": _choice,
    "complaint": _complaint,
    "meeting": _meeting,
    "floor": _floor,
    "routed": _routed,
    "spoken_answer": _spoken_answer,
    "reply": _reply,
    "hours": _hours,
}


def languages_of(step: Step, conn: Connection) -> list[str]:
    """The languages of the caller's community in which there is a catalogue."""
    key = step.number("community")
    known = step.once(("languages", key), lambda: roll.community(conn, key).languages)
    return [language for language in known if language in step.wording.languages]


def spoken_time(step: Step, local: datetime) -> str:
    """A local time as people say it: "30 November, 6 in the evening"."""
    month = step.say(f"call.month.{local.month}")
    return step.say("call.when", month=month, day=local.day, time=_clock(step, local))


def _clock(step: Step, local: datetime) -> str:
    if (local.hour, local.minute) == (0, 0):
        return step.say("call.clock.midnight")
    part = next(name for begins, name in _PARTS_OF_DAY if local.hour >= begins)
    key = f"call.clock.{part}_minutes" if local.minute else f"call.clock.{part}"
    return step.say(key, hour=local.hour % 12 or 12, minute=f"{local.minute:02}")
