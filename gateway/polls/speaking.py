"""One poll's words in one language: question and options cut to what there is room for, and the name of the village.

A rehearsal names itself wherever the village's name stands, so that no message of it can be taken for a real one.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.polls.model import Poll
from gateway.wording.catalogue import Wording

_ENDS = tuple("。.!?！？…")


def sender(poll: Poll, village: str, language: str, *, wording: Wording) -> str:
    """Who a message about `poll` comes from: the village, or its rehearsal."""
    return wording.say("poll_question.rehearsing", language, village=village) if poll.rehearsal else village


def spoken(poll: Poll, words: str, language: str, *, wording: Wording) -> str:
    """What is said in a call about `poll`: of a rehearsal, first and last that it is one."""
    return wording.say("poll_question.rehearsal_call", language, words=words) if poll.rehearsal else words


@dataclass(frozen=True)
class Speaker:
    """Speaks about one poll in one language, from `poll_result` of the catalogue."""

    poll: Poll
    village: str
    language: str
    wording: Wording

    def say(self, key: str, **values: str | int) -> str:
        """The sentence `poll_result.<key>`."""
        return self.wording.say(f"poll_result.{key}", self.language, **values)

    def sender(self) -> str:
        """The village, or its rehearsal."""
        return sender(self.poll, self.village, self.language, wording=self.wording)

    def question(self, limit: int) -> str:
        """The question, `limit` characters of it."""
        return self.cut(self.poll.words(self.language).question, limit)

    def question_aloud(self) -> str:
        """The question as a whole sentence, to be spoken: with its own mark, or else with a full stop."""
        question = self.poll.words(self.language).question.strip()
        return question if question.endswith(_ENDS) else self.say("call.ended", text=question)

    def option(self, choice: str, limit: int) -> str:
        """An option by its number and `limit` characters of its words."""
        if limit == 0:
            return self.say("option.number", number=choice)
        label = self.poll.words(self.language).options[int(choice) - 1]
        return self.say("option.named", number=choice, label=self.cut(label, limit))

    def cut(self, text: str, limit: int) -> str:
        """The first `limit` characters, marked as cut if they are."""
        return text if len(text) <= limit else self.say("shortened", text=text[:limit])
