"""What an act comes to: the texts that go back, and what becomes of the inbound one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gateway.conversation.people import Household
from gateway.conversation.store import Question
from gateway.conversation.understanding.model import Context, Meaning
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging.model import Told
from gateway.polls.model import Poll
from gateway.roll.model import Community, Resident
from gateway.wording.catalogue import Wording


@dataclass(frozen=True)
class Answer:
    """The words that go back at once; `ballot`: the text was or may be a choice.

    `asks`: it puts a question of its own, which nothing that follows from this text overtakes.
    `for_person`: staff must read it, or `read` in its place where the text alone would tell them nothing.
    """

    words: tuple[str, ...] = field(default=(), repr=False)
    for_person: bool = False
    ballot: bool = False
    asks: bool = False
    read: str = field(default="", repr=False)


@dataclass(frozen=True)
class Turn:
    """One text being acted upon: who, what it means, what was open and asked, and everything needed to act."""

    tx: UnitOfWork
    resident: Resident
    community: Community
    household: Household
    text: str = field(repr=False)
    meaning: Meaning = field(repr=False)
    context: Context
    polls: tuple[Poll, ...]
    question: Question | None
    last_told: Told | None
    now: datetime
    ports: Ports
    wording: Wording
    media: int = 0

    @property
    def told(self) -> int:
        """The last delivery that this person got as a text; 0 when there was none."""
        return self.last_told.delivery_id if self.last_told else 0

    def say(self, key: str, **values: str | int) -> str:
        """A sentence of `text.yaml` in the resident's language, with the village's name first."""
        return self.wording.say(f"text.{key}", self.resident.language, village=self.community.name, **values)

    def answer(self, key: str, **values: str | int) -> Answer:
        """One sentence as the whole answer."""
        return Answer((self.say(key, **values),))

    def poll(self, number: int) -> Poll | None:
        """The open poll with that number in which the resident has a vote."""
        return next((poll for poll in self.polls if poll.number == number), None)
