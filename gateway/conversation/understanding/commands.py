"""Commands: a word that opens one, then a number, words, or both ("附议12", "问12 什么时候修?", "LANG en").

A command that lacks its number or words, or is probably misspelt, is named so that it can be asked back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gateway.conversation.understanding.lexicon import Lexicon
from gateway.conversation.understanding.model import Doubt, Intent, Meaning
from gateway.conversation.understanding.normalise import after_command, bare, parts
from gateway.conversation.understanding.numbers import NUMBER, NUMERALS, read_number
from gateway.conversation.understanding.politeness import polite
from gateway.conversation.understanding.slips import is_slip_of, nearest

# A Chinese numeral must end where the number ends: "问一下" is no question about number 1.
_NUMBER = rf"(\d{{1,12}}|[{NUMERALS}]{{1,3}}(?=[\s号:,.。;、-]|$|议题|什|怎|哪|满|不|很))"
_NUMBER_THEN_WORDS = re.compile(_NUMBER + r"([\s:,.。;、-]*)(.*)", re.DOTALL)
_STARTS_WITH_NUMBER = re.compile(rf"第?\s*({NUMBER})\s*(?=\D)(.*)", re.DOTALL)
_RECEIPT = re.compile(r"(?:#?(?P<poll>\d{1,6})[\s:,号-]+)?(?P<receipt>\d[\d -]{2,14}\d)")
_NUMBERED = (Intent.SUPPORT, Intent.STATUS, Intent.QUESTION, Intent.FEEDBACK, Intent.STATEMENT)
_WITH_WORDS = (Intent.QUESTION, Intent.STATEMENT, Intent.FEEDBACK)
_SLIPS_FORGIVEN = (Intent.SUPPORT, Intent.STATUS)
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")
_SHORT = 4
_LONGEST_STATUS = 60
# How far into the rest a number may begin, behind a mark such as "topic no.".
_MARK = 12


@dataclass(frozen=True)
class CommandReader:
    """Finds commands in normalised, lower-case texts of one script."""

    lexicon: Lexicon

    def command(self, plain: str, kind: str) -> Meaning | None:
        """A whole command, or None. `kind` is `plain` without politeness."""
        for text in dict.fromkeys((plain, kind)):
            found = self._leading(text) or self._number_first(text)
            if found:
                return found
        return self._slipped(kind)

    def unfinished(self, kind: str) -> Meaning | None:
        """A command without what it needs, or one that is misspelt: to be asked back."""
        for word, intent in self.lexicon.leading if kind.startswith(self.lexicon.openers) else ():
            if not kind.startswith(word):
                continue
            rest = self._unmarked(after_command(kind[len(word) :])) if parts(word, kind[len(word) :]) else "?"
            number = read_number(self._without_endings(rest)) if rest else None
            several = intent in _SLIPS_FORGIVEN and len(word) > 1 and rest[:1].isdigit()
            if not rest or several or (number is not None and intent in _WITH_WORDS):
                return _unfinished(intent, Doubt.INCOMPLETE, number="" if number is None else str(number))
        return self._misspelt(kind)

    def language_named(self, kind: str) -> Meaning | None:
        """A message that is nothing but a language's name asks for it."""
        code = self.lexicon.names.get(kind)
        return Meaning(Intent.LANGUAGE, words=kind, language=code) if code and kind != code else None

    # --- a word first ---

    def _leading(self, text: str) -> Meaning | None:
        for word, intent in self.lexicon.leading if text.startswith(self.lexicon.openers) else ():
            if not text.startswith(word):
                continue
            rest = text[len(word) :]
            if not (parts(word, rest) or (rest[0].isdigit() and intent in _NUMBERED)):
                continue
            found = self._with_rest(intent, after_command(rest))
            if found:
                return found
        return None

    def _with_rest(self, intent: Intent, rest: str) -> Meaning | None:
        if intent is Intent.LANGUAGE:
            return self._language(rest)
        if intent is Intent.RECEIPT:
            return _receipt(rest)
        if intent is Intent.COMPLAINT:
            return self._complaint(rest)
        if intent is Intent.BOOKING:
            return self._booking(rest)
        if intent is not Intent.TOPIC:
            return self._numbered(intent, rest)
        # "议题13" asks about the topic that is there already.
        return self._numbered(Intent.STATUS, rest) or (Meaning(intent, topic_text=rest) if bare(rest) else None)

    def _complaint(self, rest: str) -> Meaning | None:
        """Words, with a topic's number before them perhaps; or the number of a complaint alone."""
        named = _NUMBER_THEN_WORDS.fullmatch(self._unmarked(rest))
        number = read_number(named[1]) if named else None
        if named is None or number is None or (not named[2] and named[3].startswith(self.lexicon.measures)):
            return Meaning(Intent.COMPLAINT, words=rest) if bare(rest) else None
        words = self._without_endings(named[3])
        return Meaning(Intent.COMPLAINT, number=str(number), words=rest if bare(words) else "")

    def _booking(self, rest: str) -> Meaning | None:
        """A reception day's number, alone or with words that call it off: "约5", "约5 取消"."""
        named = _NUMBER_THEN_WORDS.fullmatch(self._unmarked(rest))
        number = read_number(named[1]) if named else None
        words = bare(self._without_endings(named[3])) if named else ""
        if number is None or (words and words not in self.lexicon.call_off):
            return None
        return Meaning(Intent.BOOKING, number=str(number), words=words)

    def _language(self, rest: str) -> Meaning | None:
        rest = bare(rest)
        name = self.lexicon.names.get(rest, rest if _LANGUAGE_CODE.fullmatch(rest) else "")
        return Meaning(Intent.LANGUAGE, words=rest, language=name) if name or re.fullmatch(r"\w{2,10}", rest) else None

    def _numbered(self, intent: Intent, rest: str) -> Meaning | None:
        if intent not in _NUMBERED:
            return None
        named = _NUMBER_THEN_WORDS.fullmatch(self._unmarked(rest))
        number = read_number(named[1]) if named else None
        if named is None or number is None or (not named[2] and named[3].startswith(self.lexicon.measures)):
            return None
        words = self._without_endings(named[3], intent)
        if bool(bare(words)) != (intent in _WITH_WORDS):
            return None
        return Meaning(intent, number=str(number), words=words.strip(" :,.、;-。"))

    def _unmarked(self, rest: str) -> str:
        before = ""
        while before != rest:
            before = rest
            mark = next((mark for mark in self.lexicon.number_marks if rest.startswith(mark)), "")
            rest = rest[len(mark) :].strip()
        return rest

    def _without_endings(self, words: str, intent: Intent | None = None) -> str:
        """What is left after a number's own endings ("号议题"), and after "how does it stand" for a status."""
        ending = next((word for word in self.lexicon.number_endings if words.startswith(word)), "")
        words = words[len(ending) :]
        if intent not in _WITH_WORDS and bare(words):
            said = bare(words)
            return "" if intent is Intent.STATUS and said in self.lexicon.status_endings else words
        return words

    # --- a number first ---

    def _number_first(self, text: str) -> Meaning | None:
        """ "12号怎么样了", "12号我也附议"."""
        named = _STARTS_WITH_NUMBER.fullmatch(text) if len(text) <= _LONGEST_STATUS else None
        number = read_number(named[1]) if named else None
        if named is None or number is None:
            return None
        said = polite(bare(self._without_endings(named[2])), self.lexicon)
        if said in self.lexicon.status_endings:
            return Meaning(Intent.STATUS, number=str(number))
        return Meaning(Intent.SUPPORT, number=str(number)) if (said, Intent.SUPPORT) in self.lexicon.leading else None

    # --- slips ---

    def _slipped(self, kind: str) -> Meaning | None:
        """A harmless English command with one wrong letter, if a number and nothing else follows."""
        first, _, rest = kind.partition(" ")
        if not first.isascii() or not any(letter.isdigit() for letter in rest[:_MARK]):
            return None
        near = (
            intent for word, intent in self.lexicon.leading if intent in _SLIPS_FORGIVEN and is_slip_of(first, word)
        )
        intent = next(near, None)
        return self._numbered(intent, rest) if intent else None

    def _misspelt(self, kind: str) -> Meaning | None:
        for word, name in self.lexicon.misspelt.items():
            if kind.startswith(word):
                return self._suggest(Intent(name), after_command(kind[len(word) :]))
        first, _, rest = kind.partition(" ")
        openers = _spelt_openers(self.lexicon)
        near = nearest(first, tuple(openers)) if rest else None
        # In short words a slip is another word ("team", "tema"): a number must follow.
        if near and (len(near) > _SHORT or rest[:1].isdigit()):
            return self._suggest(openers[near], rest)
        alone = None if rest else nearest(kind, tuple(self.lexicon.whole))
        name = self.lexicon.whole.get(alone or "", "")
        return _unfinished(Intent(name), Doubt.MISSPELT) if name in _SUGGESTED_ALONE else None

    def _suggest(self, intent: Intent, rest: str) -> Meaning | None:
        if intent is Intent.VOTE:
            return _unfinished(intent, Doubt.MISSPELT)
        found = self._with_rest(intent, rest)
        if found is None:
            return None
        return _unfinished(intent, Doubt.MISSPELT, number=found.number, words=found.topic_text or found.words)


@cache
def _spelt_openers(lexicon: Lexicon) -> dict[str, Intent]:
    return {word: intent for word, intent in lexicon.leading if word.isascii() and " " not in word}


_SUGGESTED_ALONE = (Intent.HELP, Intent.LANGUAGE, Intent.MINE, Intent.NEWS, Intent.CALL)


def _receipt(rest: str) -> Meaning | None:
    """ "查票 3 1234567": the poll, if it is named, and the receipt's digits."""
    found = _RECEIPT.fullmatch(bare(rest))
    if found is None:
        return None
    digits = "".join(character for character in found["receipt"] if character.isdigit())
    return Meaning(Intent.RECEIPT, number=digits, words=found["poll"] or "")


def _unfinished(intent: Intent, doubt: Doubt, *, number: str = "", words: str = "") -> Meaning:
    return Meaning(Intent.AMBIGUOUS, number=number, words=words, doubt=doubt, near=intent)
