"""What can be meant, and what has to be known to understand it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Intent(StrEnum):
    """What the sender wants."""

    VOTE = "vote"
    TOPIC = "topic"
    SUPPORT = "support"
    STATUS = "status"
    QUESTION = "question"
    FEEDBACK = "feedback"
    STATEMENT = "statement"
    RECEIPT = "receipt"
    COMPLAINT = "complaint"
    BOOKING = "booking"
    HELP = "help"
    STOP = "stop"
    START = "start"
    LANGUAGE = "language"
    MINE = "mine"
    NEWS = "news"
    CALL = "call"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"


class Doubt(StrEnum):
    """Why a text does nothing yet, although something in it was recognised."""

    NONE = ""
    NOT_OPEN = "not_open"
    NO_SUCH_OPTION = "no_such_option"
    WHICH_POLL = "which_poll"
    IS_IT_A_VOTE = "is_it_a_vote"
    IS_IT_STOP = "is_it_stop"
    # A command without its number or words, or one that is probably misspelt.
    INCOMPLETE = "incomplete"
    MISSPELT = "misspelt"


@dataclass(frozen=True)
class PollContext:
    """An open poll as far as understanding needs it. A yes/no poll is always put as 1 yes, 2 no, 3 abstain.

    `method`: yesno, single, approval, ranked, score, budget; nothing is understood as a vote in any other. `max`: how
    many options an approval, a budget or a ranking may name. `scale`: the most points an option can get in a score.
    """

    number: int
    method: str
    options: tuple[str, ...] = ()
    max: int | None = None
    scale: int | None = None


@dataclass(frozen=True)
class Context:
    """The polls open to the sender, and the one that our last message to them asked about."""

    polls: tuple[PollContext, ...] = ()
    asked: int | None = None

    def poll(self, number: int | None) -> PollContext | None:
        """The open poll with that number."""
        return next((poll for poll in self.polls if poll.number == number), None)

    @property
    def only(self) -> PollContext | None:
        """The only open poll; None when there are several or none."""
        return self.polls[0] if len(self.polls) == 1 else None


@dataclass(frozen=True)
class Vote:
    """A vote that would be recorded. `choice` as ballots hold it: yes, no, abstain, an option's number, several
    ("1,3"), a ranking ("3>1>2"), points ("1=5,2=0").
    """

    poll: int
    choice: str = field(repr=False)


@dataclass(frozen=True)
class Meaning:
    """What a text means.

    `number`: the topic, meeting, poll or receipt it names. `words`: what it says about that. `language`: for the intent
    "language" the one it asks for, "" if it names none. `code`: the personal code before it. `near`: for a command that
    is not complete or misspelt, which one.
    """

    intent: Intent
    votes: tuple[Vote, ...] = ()
    topic_text: str = field(default="", repr=False)
    number: str = ""
    words: str = field(default="", repr=False)
    language: str = ""
    code: str = ""
    doubt: Doubt = Doubt.NONE
    near: Intent | None = None
