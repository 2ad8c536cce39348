"""From a text to its meaning, in this order: reserved words, personal code, answer to what was asked, explicit command,
the only open question, unknown.

Reserved words count as a whole message only. What is a vote, and what is not, stands in votes.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gateway.conversation.understanding.choices import YESNO, polite, read_choice, unmarked
from gateway.conversation.understanding.lexicon import ACKNOWLEDGE, Lexicon, load_lexicon
from gateway.conversation.understanding.model import Context, Doubt, Intent, Meaning, PollContext
from gateway.conversation.understanding.normalise import (
    NUMERALS,
    after_command,
    bare,
    ending,
    normalise,
    parts,
    read_number,
)
from gateway.conversation.understanding.quoting import without_quotes
from gateway.conversation.understanding.slips import is_slip_of
from gateway.conversation.understanding.votes import VoteReader

LONGEST_TEXT = 1600
_CODE = re.compile(r"^\s*#\s*(\d{3,10})(?!\d)[\s,.。:;]*")
# A Chinese numeral must end where the number ends: "问一下" is no question about number 1.
_NUMBER = rf"(\d{{1,12}}|[{NUMERALS}]{{1,3}}(?=[\s号號:,.。;、-]|$))"
_NUMBER_THEN_WORDS = re.compile(_NUMBER + r"[\s号號:,.。;、-]*(.*)", re.DOTALL)
_RESERVED = (Intent.STOP, Intent.START)
_NUMBERED = (Intent.SUPPORT, Intent.STATUS, Intent.QUESTION, Intent.FEEDBACK, Intent.STATEMENT)
_WITH_WORDS = (Intent.QUESTION, Intent.STATEMENT, Intent.FEEDBACK)
_SLIPS_FORGIVEN = (Intent.SUPPORT, Intent.STATUS)
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")
_YES_OR_NO = PollContext(0, YESNO)


def understand(text: str, context: Context, *, lexicon: Lexicon | None = None) -> Meaning:
    """What `text` means to somebody to whom `context` applies."""
    lexicon = lexicon or load_lexicon()
    shown = normalise(text[:LONGEST_TEXT])
    lower = shown.lower()
    folded = without_quotes(lower if len(lower) == len(shown) else shown, lexicon.our_words)
    meaning = _Reader(lexicon, VoteReader(context, lexicon)).read(folded)
    return replace(
        meaning,
        topic_text=_as_written(meaning.topic_text, shown, folded),
        words=_as_written(meaning.words, shown, folded),
    )


def answers_yes_or_no(text: str, *, lexicon: Lexicon | None = None) -> bool | None:
    """Whether `text` says yes or no to "1 yes, 2 no"; None when it says something else."""
    lexicon = lexicon or load_lexicon()
    plain = _plain(text)
    if unmarked(plain, lexicon) != polite(plain, lexicon):
        # "投1" speaks of a poll, not of our question.
        return None
    return {"yes": True, "no": False}.get(read_choice(plain, _YES_OR_NO, lexicon, soft=True) or "")


def is_acknowledgement(text: str, *, lexicon: Lexicon | None = None) -> bool:
    """Whether a text only says thanks or that it was received."""
    lexicon = lexicon or load_lexicon()
    plain = _plain(text)
    return ACKNOWLEDGE in (lexicon.whole.get(plain), lexicon.whole.get(polite(plain, lexicon)))


def _plain(text: str) -> str:
    """A short text without the personal code before it and the signs around it."""
    return bare(_CODE.sub("", normalise(text[:LONGEST_TEXT]).lower(), count=1))


def _as_written(part: str, shown: str, folded: str) -> str:
    """What the sender wrote where `part` was found: capitals as they were, one line."""
    at = folded.rfind(part)
    return " ".join((shown[at : at + len(part)] if at >= 0 else part).split())


@dataclass(frozen=True)
class _Reader:
    """The words to read by, and how votes are read. Texts given to its methods are normalised and in lower case."""

    lexicon: Lexicon
    votes: VoteReader

    def read(self, text: str) -> Meaning:
        """The meaning of a whole text, personal code included."""
        reserved = self._reserved(text)
        if reserved:
            return reserved
        code = _CODE.match(text)
        said = text[code.end() :] if code else text
        meaning = self._meaning(said)
        if meaning.votes and "?" in ending(said):
            # "1?" wonders, it does not vote.
            meaning = Meaning(Intent.AMBIGUOUS, number=str(meaning.votes[0].poll), doubt=Doubt.IS_IT_A_VOTE)
        return replace(meaning, code=code[1]) if code else meaning

    def _meaning(self, text: str) -> Meaning:
        plain = bare(text)
        return (
            self._reserved(text)
            or self.votes.answer(plain)
            or self._whole(plain)
            or self.votes.several(plain)
            or self._command(plain)
            or self.votes.only_open(text, plain)
            or Meaning(Intent.UNKNOWN, words="" if self._named(plain) == ACKNOWLEDGE else plain)
        )

    # --- messages of one word ---

    def _named(self, plain: str) -> str | None:
        return self.lexicon.whole.get(plain) or self.lexicon.whole.get(polite(plain, self.lexicon))

    def _whole(self, plain: str) -> Meaning | None:
        name = self._named(plain)
        return None if name in (None, ACKNOWLEDGE, *_RESERVED) else Meaning(Intent(name))

    def _reserved(self, text: str) -> Meaning | None:
        plain = bare(text)
        # One letter and a question mark ("T?") is a puzzled person, not one who wants to stop.
        if len(plain) == 1 and "?" in text:
            return None
        name = self._named(plain)
        return Meaning(Intent(name)) if name in _RESERVED else None

    # --- commands ---

    def _command(self, plain: str) -> Meaning | None:
        for text in dict.fromkeys((plain, polite(plain, self.lexicon))):
            found = self._leading(text)
            if found:
                return found
        return self.votes.command(plain) or self._slipped(plain)

    def _leading(self, text: str) -> Meaning | None:
        for word, intent in self.lexicon.leading:
            rest = text.removeprefix(word)
            if not text.startswith(word) or not (parts(word, rest) or (rest[0].isdigit() and intent in _NUMBERED)):
                continue
            found = self._with_rest(intent, after_command(rest))
            if found:
                return found
        return None

    def _with_rest(self, intent: Intent, rest: str) -> Meaning | None:
        if intent is Intent.LANGUAGE:
            return self._language(rest)
        if intent is not Intent.TOPIC:
            return self._numbered(intent, rest)
        # "议题13" asks about the topic that is there already.
        return self._numbered(Intent.STATUS, rest) or (Meaning(intent, topic_text=rest) if bare(rest) else None)

    def _language(self, rest: str) -> Meaning | None:
        if not re.fullmatch(r"\w{2,10}", rest):
            return None
        code = rest if _LANGUAGE_CODE.fullmatch(rest) else ""
        return Meaning(Intent.LANGUAGE, words=rest, language=self.lexicon.names.get(rest, code))

    def _numbered(self, intent: Intent, rest: str) -> Meaning | None:
        if intent not in _NUMBERED:
            return None
        for mark in self.lexicon.number_marks:
            rest = rest.removeprefix(mark).strip()
        named = _NUMBER_THEN_WORDS.fullmatch(rest)
        number = read_number(named[1]) if named else None
        if named is None or number is None or bool(bare(named[2])) != (intent in _WITH_WORDS):
            return None
        return Meaning(intent, number=str(number), words=named[2].strip())

    def _slipped(self, plain: str) -> Meaning | None:
        """An English command with one wrong letter, if a number and nothing else follows."""
        first, _, rest = polite(plain, self.lexicon).partition(" ")
        near = [
            intent for word, intent in self.lexicon.leading if intent in _SLIPS_FORGIVEN and is_slip_of(first, word)
        ]
        return self._numbered(near[0], rest) if near else None
