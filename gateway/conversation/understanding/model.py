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
    """Why a text that speaks of voting, or answers, records nothing."""

    NONE = ""
    NOT_OPEN = "not_open"
    NO_SUCH_OPTION = "no_such_option"
    WHICH_POLL = "which_poll"
    IS_IT_A_VOTE = "is_it_a_vote"


@dataclass(frozen=True)
class PollContext:
    """An open poll as far as understanding needs it. A yes/no poll is always put as 1 yes, 2 no, 3 abstain.

    `method`: yesno, single, approval, ranked; nothing is understood as a vote in any other. `max`: how many options an
    approval may name.
    """

    number: int
    method: str
    options: tuple[str, ...] = ()
    max: int | None = None


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
    """A vote that would be recorded: yes, no, abstain, an option's number, several ("1,3") or a ranking ("3>1>2")."""

    poll: int
    choice: str = field(repr=False)


@dataclass(frozen=True)
class Meaning:
    """What a text means.

    `number`: the topic, meeting or poll it names. `words`: what it says about that. `language`: the one it is written
    in, or for the intent "language" the one it asks for; "" if neither shows. `code`: the personal code before it.
    """

    intent: Intent
    votes: tuple[Vote, ...] = ()
    topic_text: str = field(default="", repr=False)
    number: str = ""
    words: str = field(default="", repr=False)
    language: str = ""
    code: str = ""
    doubt: Doubt = Doubt.NONE
