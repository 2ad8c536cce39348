"""What a menu can ask for: name → function, its outcomes, and how it may touch the database.

`Asks` only reads. `Changes` runs once for each step of a call, in the transaction that claims the step. `Alone` has
transactions of its own, because something slow happens between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from gateway.conversation.calls.effects import identifying, languages, messages, person, topics, voting
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


EFFECTS: Mapping[str, Asks | Changes | Alone] = {
    "find_caller": Asks(identifying.find_caller, frozenset({"no_line", "known", "several", "stranger"})),
    "find_by_code": Asks(identifying.find_by_code, frozenset({"known", "slip", "elsewhere"})),
    "check_pin": Alone(identifying.check_pin, frozenset({"right", "wrong", "locked"})),
    "find_open_polls": Asks(voting.find_open_polls, frozenset({"none", "one", "several"})),
    "list_polls": Asks(voting.list_polls, frozenset({"none", "one", "several"})),
    "load_poll": Asks(voting.load_poll, frozenset({"open", "closed"})),
    "cast_vote": Changes(voting.cast_vote, frozenset({"cast", "closed", "no_vote"})),
    "check_recording": Asks(topics.check_recording, frozenset({"good", "short"})),
    "raise_topic": Changes(topics.raise_topic, frozenset({"raised"})),
    "find_topic": Asks(topics.find_topic, frozenset({"found", "slip", "unknown"})),
    "list_languages": Asks(languages.list_languages, frozenset({"one", "several"})),
    "set_language": Changes(languages.set_language, frozenset({"set"})),
    "is_registered": Asks(person.is_registered, frozenset({"yes", "stranger"})),
    "ask_for_person": Changes(person.ask_for_person, frozenset({"noted", "noted_for_phone"})),
    "find_message": Asks(messages.find_message, frozenset({"wanted", "gone"})),
    "note_heard": Changes(messages.note_heard, frozenset({"noted"})),
}
