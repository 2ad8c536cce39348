"""What a menu can ask for: name → function, its outcomes, and how it may touch the database.

`Asks` only reads. `Changes` runs once for each step of a call, in the transaction that claims the step. `Alone` has
transactions of its own, because something slow happens between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from gateway.conversation.calls.effects import (
    asked,
    choosing,
    delegates,
    filling,
    floor,
    guests,
    hours,
    identifying,
    languages,
    meetings,
    messages,
    moderating,
    news,
    person,
    sheet,
    stopping,
    supervising,
    topics,
    voting,
)
from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from ivr_flows.session import Outcome


@dataclass(frozen=True)
class Asks:
    """An effect that only reads."""

    run: Callable[[Step, Connection], Outcome]
    outcomes: frozenset[str]


@dataclass(frozen=True)
class Changes:
    """An effect with consequences: done once, however often its request comes."""

    run: Callable[[Step, UnitOfWork], Outcome]
    outcomes: frozenset[str]


@dataclass(frozen=True)
class Alone:
    """An effect that opens its own transactions."""

    run: Callable[[Step], Outcome]
    outcomes: frozenset[str]


_CALLERS = frozenset({"known", "several", "stranger"})
_LOADED = frozenset({"pick", "rank", "each", "score", "sheet", "sheet_one", "not_by_call", "closed"})
_ONE_TOPIC = frozenset({"written", "titled_aloud"})

EFFECTS: Mapping[str, Asks | Changes | Alone] = {
    # who is calling
    "find_caller": Asks(identifying.find_caller, _CALLERS | {"no_line", "newcomer", "staff", "placed", "in_meeting"}),
    "find_by_code": Asks(identifying.find_by_code, frozenset({"known", "slip", "elsewhere"})),
    "check_pin": Alone(identifying.check_pin, frozenset({"right", "wrong", "locked"})),
    "meet": Asks(identifying.meet, frozenset({"acquainted", "ask_language"})),
    # a meeting
    "find_meeting": Asks(meetings.find_meeting, frozenset({"none", "some"})),
    "join_meeting": Changes(meetings.join_meeting, frozenset({"listening", "speaking", "over"})),
    "look_at_meeting": Asks(meetings.look_at_meeting, frozenset({"under_way", "over"})),
    "ask_floor": Changes(meetings.ask_floor, frozenset({"asked", "not_yet", "over"})),
    "hand_yes": Changes(meetings.hand_yes, frozenset({"noted", "gone"})),
    "hand_no": Changes(meetings.hand_no, frozenset({"noted", "gone"})),
    "give_statement": Changes(meetings.give_statement, frozenset({"noted", "over"})),
    # voting
    "find_open_polls": Asks(voting.find_open_polls, frozenset({"none", "one", "several"})),
    "list_polls": Asks(voting.list_polls, frozenset({"none", "one", "several"})),
    "load_poll": Asks(voting.load_poll, _LOADED),
    "take_numbers": Asks(sheet.take_numbers, frozenset({"complete", "hear", "wrong", "too_many", "too_dear"})),
    "take_choice": Asks(voting.take_choice, frozenset({"complete"})),
    "take_rank": Asks(filling.take_rank, frozenset({"next", "complete"})),
    "take_option": Asks(filling.take_option, frozenset({"next", "too_dear", "complete"})),
    "leave_option": Asks(filling.leave_option, frozenset({"next", "too_dear", "complete"})),
    "give_points": Asks(filling.give_points, frozenset({"next", "complete"})),
    "give_nothing": Asks(filling.give_nothing, frozenset({"next", "complete"})),
    "cast_vote": Changes(voting.cast_vote, frozenset({"cast", "cast_first", "closed", "no_vote"})),
    # what we asked
    "find_question": Asks(asked.find_question, frozenset({"none", "waiting", "choice"})),
    "answer_yes": Changes(asked.answer_yes, frozenset({"noted", "gone", "grade"})),
    "answer_no": Changes(asked.answer_no, frozenset({"noted", "gone"})),
    "give_grade": Changes(asked.give_grade, frozenset({"noted", "gone"})),
    "choose": Changes(choosing.choose, frozenset({"noted", "gone"})),
    "answer_later": Asks(asked.answer_later, frozenset({"noted"})),
    # topics
    "check_recording": Asks(topics.check_recording, frozenset({"good", "short"})),
    "raise_topic": Changes(topics.raise_topic, frozenset({"raised"})),
    "find_topic": Asks(topics.find_topic, frozenset({"found", "slip", "unknown"})),
    "find_mine": Asks(topics.find_mine, _ONE_TOPIC | {"none"}),
    "find_others": Asks(topics.find_others, _ONE_TOPIC | {"none"}),
    "next_topic": Asks(topics.next_topic, _ONE_TOPIC | {"over"}),
    "back_topic": Changes(topics.back_topic, frozenset({"counted", "already", "closed"})),
    "judge_done": Changes(topics.judge_done, frozenset({"noted", "gone"})),
    "judge_not_done": Changes(topics.judge_not_done, frozenset({"noted", "gone"})),
    # news
    "find_news": Asks(news.find_news, frozenset({"none", "some"})),
    "next_news": Asks(news.next_news, frozenset({"next", "over"})),
    "check_receipt": Asks(news.check_receipt, frozenset({"counted", "not_yet", "slip", "unknown"})),
    # supervision
    "make_complaint": Changes(supervising.make_complaint, frozenset({"made"})),
    "find_complaint": Asks(supervising.find_complaint, frozenset({"answered", "waiting", "slip", "unknown"})),
    "find_complaints": Asks(supervising.find_complaints, frozenset({"none", "answered", "waiting"})),
    # the caller's own settings
    "list_languages": Asks(languages.list_languages, frozenset({"one", "several"})),
    "set_language": Changes(languages.set_language, frozenset({"set"})),
    "list_hours": Asks(hours.list_hours, frozenset({"listed"})),
    "set_hours": Changes(hours.set_hours, frozenset({"set", "outside"})),
    "find_messages": Asks(stopping.find_messages, frozenset({"coming", "stopped"})),
    "stop_messages": Changes(stopping.stop_messages, frozenset({"stopped"})),
    "start_messages": Changes(stopping.start_messages, frozenset({"started"})),
    # staff
    "find_resident": Asks(identifying.find_resident, _CALLERS),
    "check_staff_pin": Alone(moderating.check_staff_pin, frozenset({"right", "wrong", "locked"})),
    "find_new_topic": Asks(moderating.find_new_topic, frozenset({"none", "spoken", "written"})),
    "accept_topic": Changes(moderating.accept_topic, frozenset({"done", "gone"})),
    "set_title": Changes(moderating.set_title, frozenset({"kept"})),
    "put_off": Asks(moderating.put_off, frozenset({"done"})),
    "list_reasons": Asks(moderating.list_reasons, frozenset({"listed"})),
    "decline_topic": Changes(moderating.decline_topic, frozenset({"done", "gone"})),
    "find_floor": Asks(floor.find_floor, frozenset({"none", "planned", "open"})),
    "begin_meeting": Changes(floor.begin_meeting, frozenset({"done", "gone"})),
    "look_at_floor": Asks(floor.look_at_floor, frozenset({"open", "over"})),
    "let_in": Changes(floor.let_in, frozenset({"done", "gone", "over"})),
    "pass_over": Asks(floor.pass_over, frozenset({"done"})),
    "mute": Changes(floor.mute, frozenset({"done"})),
    "ask_hands": Changes(floor.ask_hands, frozenset({"asked", "gone", "over"})),
    "count_hands": Changes(floor.count_hands, frozenset({"counted", "gone"})),
    "close_meeting": Changes(floor.close_meeting, frozenset({"done", "gone"})),
    # guests
    "find_routed": Asks(guests.find_routed, frozenset({"none", "waiting"})),
    "routed_later": Asks(guests.routed_later, frozenset({"noted"})),
    "give_answer": Changes(guests.give_answer, frozenset({"noted", "gone"})),
    "find_answer": Asks(guests.find_answer, frozenset({"none", "waiting"})),
    "answer_heard": Changes(guests.answer_heard, frozenset({"noted"})),
    "answer_put_off": Asks(guests.answer_put_off, frozenset({"noted"})),
    # delegates
    "give_reply": Changes(delegates.give_reply, frozenset({"noted", "gone"})),
    "find_reply": Asks(delegates.find_reply, frozenset({"none", "some"})),
    "hear_reply": Asks(delegates.hear_reply, frozenset({"none", "some"})),
    # a person
    "is_registered": Asks(person.is_registered, frozenset({"yes", "stranger"})),
    "ask_for_person": Changes(person.ask_for_person, frozenset({"noted", "noted_for_phone"})),
    "check_hours": Asks(person.check_hours, frozenset({"open", "closed"})),
    "leave_message": Changes(person.leave_message, frozenset({"noted", "noted_for_phone"})),
    # a call that we placed
    "find_message": Asks(messages.find_message, frozenset({"wanted", "gone"})),
    "begin_call": Changes(
        messages.begin_call,
        frozenset({"message", "vote", "vote_household", "question", "question_household", "call_back"}),
    ),
    "revoke": Changes(messages.revoke, frozenset({"revoked", "gone", "household"})),
    "answer_now": Changes(messages.answer_now, frozenset({"found", "household"})),
    "note_heard": Changes(messages.note_heard, frozenset({"noted", "others", "asked"})),
    "next_member": Asks(messages.next_member, frozenset({"found"})),
    "skip_member": Asks(messages.skip_member, frozenset({"noted", "others"})),
}
