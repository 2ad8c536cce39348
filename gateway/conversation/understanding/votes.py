"""From a text to the votes in it. A vote is never guessed.

In answer to a poll that was just put to the sender, a number or a soft word ("是", "yes") is enough. Without that,
only a message that is nothing but a word such as "赞成" counts, and only in the only open poll. Whatever falls short
of it, or says two things, is asked back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gateway.conversation.understanding.ballots import APPROVAL, BUDGET, NO_SUCH, RANKED, YESNO, numbers_in
from gateway.conversation.understanding.choices import (
    is_bare_number,
    is_label,
    is_perhaps,
    looks_like_choice,
    names_option,
    read_choice,
)
from gateway.conversation.understanding.lexicon import ACKNOWLEDGE, Lexicon
from gateway.conversation.understanding.model import Context, Doubt, Intent, Meaning, PollContext, Vote
from gateway.conversation.understanding.normalise import bare, ending, without_inner_spaces
from gateway.conversation.understanding.numbers import NUMBER, read_number
from gateway.conversation.understanding.politeness import polite, replied, unanswered

_NUMBER_THEN_WORDS = re.compile(rf"({NUMBER})([\s号:,.。;、-]*)(.*)", re.DOTALL)
_BETWEEN_VOTES = r"(?:[\s,;。.、]|和|还有|再|\band\b|\by\b)+"
_LISTS_OPTIONS = re.compile(r"和|及|与|跟|还有|and\b|y\b|[&+>=]|号?[=给打]|号\s*\d+\s*分")
_DATE_OR_OPTION = re.compile(rf"第?({NUMBER})号")
_CODE_ANYWHERE = re.compile(r"#\s*\d{3,10}")
_SEVERAL_OPTIONS = (APPROVAL, BUDGET, RANKED)
_FEWEST_TO_SPLIT = 2
# The longest text that may be votes alone, and the longest that answers in passing.
_LONGEST_VOTES, _LONGEST_ANSWER = 800, 24


@dataclass(frozen=True)
class VoteReader:
    """Finds votes in normalised, lower-case texts for somebody to whom `context` applies."""

    context: Context
    lexicon: Lexicon

    def answer(self, plain: str, end: str = "") -> Meaning | None:
        """An answer to the poll that was just put to the sender; `end`: the signs it ends with."""
        if self.context.asked is None or polite(plain, self.lexicon).startswith(self.lexicon.vote_words):
            return None
        poll = self.context.poll(self.context.asked)
        if poll is None:
            return _not_open(self.context.asked) if looks_like_choice(plain, self.lexicon) else None
        if is_perhaps(plain, self.lexicon) or self._means_two_things(plain, poll):
            return _in_doubt(poll, Doubt.IS_IT_A_VOTE)
        if ".." in end and is_label(plain, poll):
            # "Well..." thinks, though an option is a well.
            return _in_doubt(poll, Doubt.IS_IT_A_VOTE)
        return self._as_vote(poll, read_choice(plain, poll, self.lexicon, soft=True))

    def only_open(self, text: str, plain: str) -> Meaning | None:
        """A choice that names no poll and answers none: a vote in the only open one, if it can be nothing else.

        A bare number can mean anything: it is asked back.
        """
        only = self.context.only
        if only and self._is_firm(text, plain):
            found = self._as_vote(only, read_choice(plain, only, self.lexicon, soft=False))
            if found:
                return found
        thanks = self.lexicon.whole.get(polite(plain, self.lexicon)) == ACKNOWLEDGE
        sounds_so = is_perhaps(plain, self.lexicon) and not thanks
        if not self.context.polls or not (sounds_so or looks_like_choice(plain, self.lexicon)):
            return None
        return self.unsure()

    def several(self, plain: str) -> Meaning | None:
        """Several votes in one message, each naming its poll: all of them, or none."""
        if len(plain) > _LONGEST_VOTES:
            return None
        said = [bare(piece) for piece in _splitting(self.lexicon).split(plain) if bare(piece)]
        if len(said) < _FEWEST_TO_SPLIT:
            return None
        found = [self.command(piece) for piece in said]
        if not all(one and one.intent in (Intent.VOTE, Intent.AMBIGUOUS) for one in found):
            return None
        votes = tuple(vote for one in found if one for vote in one.votes)
        if len(votes) == len(found) == len({vote.poll for vote in votes}):
            return Meaning(Intent.VOTE, votes=votes)
        poll = self.context.poll(votes[0].poll) if votes else None
        return _in_doubt(poll, Doubt.IS_IT_A_VOTE) if poll else Meaning(Intent.AMBIGUOUS, doubt=Doubt.NOT_OPEN)

    def command(self, plain: str) -> Meaning | None:
        """A vote that says so: a word for voting first, or a poll's number with its mark."""
        if len(plain) > _LONGEST_VOTES:
            return None
        for text in dict.fromkeys((plain, polite(plain, self.lexicon))):
            opens = text.startswith(self.lexicon.vote_words)
            word = next((word for word in self.lexicon.vote_words if self._begins(text, word)), None) if opens else None
            found = self._after(word, bare(text[len(word) :])) if word else None
            if found := found or self._number_first(text) or self._beside(text):
                return found
        return None

    def corrected(self, plain: str, *, again: bool = True) -> Meaning | None:
        """A vote after, or before, words that say that an earlier one was a mistake."""
        if len(plain) > _LONGEST_VOTES:
            return None
        for words, also_answer in ((self.lexicon.corrections, True), (self.lexicon.apologies, False)):
            for said in _without(plain, words):
                found = (self.answer(said) if also_answer else None) or self.several(said) or self.command(said)
                if found is None and also_answer:
                    found = self.only_open(said, said)
                found = found or (self.corrected(said, again=False) if again else None)
                if found:
                    return found
        return None

    def doubtful(self, plain: str) -> Meaning | None:
        """A text that speaks of voting while a poll is open, though nothing in it is a vote for certain."""
        asked = self.context.poll(self.context.asked)
        if not self.context.polls:
            return None
        if self.lexicon.speaks.search(plain) or (asked and self._answers_in_passing(plain, asked)):
            return self.unsure()
        marked = next((mark for mark in self.lexicon.number_marks if plain.startswith(mark)), "")
        number = read_number(plain[len(marked) :].strip(" .")) if marked else None
        if (
            self.context.poll(number) is not None
            or _date_or_poll(plain, self.context)
            or (self.context.only and is_label(plain, self.context.only))
        ):
            return self.unsure()
        return None

    def unsure(self) -> Meaning:
        """A text that may be a vote in the poll asked about, or in the only open one, or in one of several."""
        poll = self.context.poll(self.context.asked) or self.context.only
        return _in_doubt(poll, Doubt.IS_IT_A_VOTE) if poll else Meaning(Intent.AMBIGUOUS, doubt=Doubt.WHICH_POLL)

    # --- an answer that could be something else ---

    def _means_two_things(self, plain: str, poll: PollContext) -> bool:
        """ "3号" may be an option, a poll or a day; "3 1" in answer to poll 3 may name the poll first."""
        said = polite(plain, self.lexicon)
        numbered = _DATE_OR_OPTION.fullmatch(said)
        if numbered:
            return poll.method == YESNO or self.context.poll(read_number(numbered[1])) is not None
        numbers = numbers_in(said)
        return len(numbers) > 1 and numbers[0] == poll.number and len(numbers) < len(poll.options)

    def _answers_in_passing(self, plain: str, poll: PollContext) -> bool:
        if len(plain) > _LONGEST_ANSWER:
            return False
        speaks = bool(self.lexicon.speaks_asked.search(plain))
        return speaks or names_option(plain, poll) or any(character.isdigit() for character in plain[:2])

    # --- a word for voting first ---

    def _begins(self, text: str, word: str) -> bool:
        rest = text[len(word) :]
        return text.startswith(word) and not (word[-1].isascii() and rest[:1].isascii() and rest[:1].isalpha())

    def _after(self, word: str, rest: str) -> Meaning | None:
        """What follows `word`: a poll's number and a choice, or a choice alone when one poll is meant."""
        if found := self._choice_first(rest):
            return found
        named = _NUMBER_THEN_WORDS.fullmatch(self._poll_number(rest))
        number = read_number(named[1]) if named else None
        if named is None or number is None or (named[3] and self._lists_options(word, number, named)):
            return self._lone(rest)
        if named[3] and word not in self.lexicon.option_words:
            if not named[2] and named[3].startswith(self.lexicon.measures):
                return self._lone(rest)
            return self._named_or_listed(number, named[3], rest)
        if not named[3] and self._names_poll(word, number):
            poll = self.context.poll(number)
            return _in_doubt(poll, Doubt.IS_IT_A_VOTE) if poll else _not_open(number)
        return self._lone(rest)

    def _poll_number(self, rest: str) -> str:
        """`rest` from its number on, behind a mark if words follow ("no. 3 yes"; "no 3" may say no)."""
        plain = rest.removeprefix("第").removeprefix("#").lstrip()
        mark = next((mark for mark in self.lexicon.number_marks if plain.startswith(mark)), "")
        named = _NUMBER_THEN_WORDS.fullmatch(plain[len(mark) :].lstrip()) if mark else None
        return named[0] if named and named[3] else plain

    def _lists_options(self, word: str, number: int, named: re.Match[str]) -> bool:
        """Whether what looks like a poll's number is the first of several options ("投1和3", "投3>1>2")."""
        if word in self.lexicon.poll_words:
            return False
        if _LISTS_OPTIONS.match(named[3]) or (named[2].startswith("号") and "=" in named[3]):
            return True
        return "、" in named[2] and self.context.poll(number) is None

    def _named_or_listed(self, number: int, words: str, rest: str) -> Meaning | None:
        meant = self._meant()
        if meant and meant.method in _SEVERAL_OPTIONS and self.context.poll(number) is None and numbers_in(rest):
            # "投1 3": poll 1 is not open, and in the poll that is, 1 and 3 are options.
            return _in_doubt(meant, Doubt.IS_IT_A_VOTE)
        return self._named(number, words)

    def _choice_first(self, rest: str) -> Meaning | None:
        """ "vote yes on 3": the choice, then the poll."""
        for mark in self.lexicon.in_poll:
            choice, found, number = rest.rpartition(f" {mark} ")
            value = read_number(number.removeprefix("#")) if found else None
            if value is not None:
                return self._named(value, choice)
        return None

    def _names_poll(self, word: str, number: int) -> bool:
        """Whether a lone number after `word` is, or may be, a poll's rather than an option's."""
        if word in self.lexicon.option_words:
            return False
        if word in self.lexicon.poll_words:
            return True
        # With several polls open and none asked about, which one is meant has to be asked anyway.
        one_is_meant = self.context.asked is not None or self.context.only is not None
        return one_is_meant and self.context.poll(number) is not None

    def _meant(self) -> PollContext | None:
        """The poll that a choice without a poll's number is about."""
        return self.context.only if self.context.asked is None else self.context.poll(self.context.asked)

    def _lone(self, choice: str) -> Meaning | None:
        """A choice after a word for voting, without a poll's number."""
        poll = self._meant()
        value = read_number(unanswered(choice, self.lexicon))
        if poll and value is not None and read_number(choice) is None and self.context.poll(value):
            # "vote number 3" while poll 3 is open: its number, or an option's?
            return _in_doubt(poll, Doubt.IS_IT_A_VOTE)
        if poll:
            return self._as_vote(poll, read_choice(choice, poll, self.lexicon, soft=True))
        if not looks_like_choice(choice, self.lexicon):
            return None
        if self.context.asked is not None:
            return _not_open(self.context.asked)
        if self.context.polls:
            return Meaning(Intent.AMBIGUOUS, doubt=Doubt.WHICH_POLL)
        return Meaning(Intent.VOTE, doubt=Doubt.NOT_OPEN)

    # --- a poll's number first ---

    def _number_first(self, text: str) -> Meaning | None:
        """ "3号投1", "第3号表决赞成": the poll's number, its mark, a word for voting or one that is a choice."""
        marked = any(mark in text for mark in self.lexicon.after_number)
        for before in ("", *self.lexicon.before_number) if marked else ():
            if not text.startswith(before):
                continue
            for mark in self.lexicon.after_number:
                number, found, words = text.removeprefix(before).removeprefix("第").partition(mark)
                value = read_number(number) if found else None
                if value is not None:
                    return self._first_named(value, bare(words))
        return None

    def _first_named(self, number: int, words: str) -> Meaning | None:
        words = without_inner_spaces(words)
        said = unanswered(words, self.lexicon)
        # "3号2" could be a date or a house; a word for voting or a word that is a choice must be there.
        if said in self.lexicon.choices or said != replied(words, self.lexicon):
            return self._named(number, words)
        return None

    def _beside(self, text: str) -> Meaning | None:
        """ "3 反对", "赞成3号", "yes on 3", while nothing was asked: an open poll's number beside a choice in words.

        "no 3" is also "number 3", and a number that was asked for is an option's: neither is read so.
        """
        if self.context.asked is not None or not self.context.polls or len(text) > _LONGEST_ANSWER:
            return None
        endings = "|".join(map(re.escape, self.lexicon.after_number))
        first = re.fullmatch(rf"第?({NUMBER})(?:{endings})?[\s:,.、-]*(\D+)", text)
        last = None if first else re.fullmatch(rf"(\D+?)\s*第?({NUMBER})(?:{endings})?", text)
        number, words = (first[1], first[2]) if first else (last[2], last[1]) if last else ("", "")
        counted = bool(first) and words.startswith(self.lexicon.measures)
        poll = self.context.poll(read_number(number)) if number and not counted else None
        said = self._beside_said(bare(words), opens=bool(first)) if poll and poll.method == YESNO else None
        return self._named(poll.number, said) if poll and said else None

    def _beside_said(self, words: str, *, opens: bool) -> str | None:
        """The word beside a poll's number when it is a choice: behind it any, before it "赞成" or "yes on"."""
        said = unanswered(words, self.lexicon)
        if said in self.lexicon.choices or (opens and said in self.lexicon.asked_choices):
            return said
        mark = next((f" {mark}" for mark in self.lexicon.in_poll if words.endswith(f" {mark}")), "")
        said = unanswered(words[: -len(mark)], self.lexicon) if mark else ""
        return said if said in self.lexicon.asked_choices else None

    # --- what both come to ---

    def _named(self, number: int, words: str) -> Meaning | None:
        poll = self.context.poll(number)
        if poll is None:
            return _not_open(number) if looks_like_choice(words, self.lexicon) else None
        if is_perhaps(words, self.lexicon):
            return _in_doubt(poll, Doubt.IS_IT_A_VOTE)
        return self._as_vote(poll, read_choice(words, poll, self.lexicon, soft=True))

    def _as_vote(self, poll: PollContext, choice: str | None) -> Meaning | None:
        if choice is None:
            return None
        if choice == NO_SUCH:
            return _in_doubt(poll, Doubt.NO_SUCH_OPTION)
        return Meaning(Intent.VOTE, votes=(Vote(poll.number, choice),), number=str(poll.number))

    def _is_firm(self, text: str, plain: str) -> bool:
        """Whether a text may be a vote though nothing was asked: no number alone, no day ("2号"), no hesitation."""
        end = ending(text)
        is_date = polite(plain, self.lexicon).endswith(self.lexicon.after_number)
        hesitates = "?" in end or ".." in end or "。。" in end
        return self.context.asked is None and not (is_date or hesitates or is_bare_number(plain, self.lexicon))


def speaks_for_several(text: str) -> bool:
    """Whether a second personal code stands in a text: whose vote is whose is never guessed."""
    return len(_CODE_ANYWHERE.findall(text)) > 1


@cache
def _splitting(lexicon: Lexicon) -> re.Pattern[str]:
    """Finds where one vote that names its poll ends and the next begins."""
    naming = [word for word in lexicon.vote_words if word not in lexicon.option_words]
    words, marks = ("|".join(map(re.escape, forms)) for forms in (naming, lexicon.after_number))
    begins = rf"(?:{words})\s*第?\s*{NUMBER}|第?\s*{NUMBER}\s*(?:{marks})"
    return re.compile(rf"{_BETWEEN_VOTES}(?={begins})")


def _without(plain: str, words: tuple[str, ...]) -> list[str]:
    """What is left of a text that begins or ends with one of `words` set off from the rest."""
    left = []
    if plain.startswith(words):
        left += [plain[len(word) :] for word in words if plain.startswith(word)][:1]
    if plain.endswith(words):
        left += [rest for word in words if plain.endswith(word) and (rest := plain[: -len(word)])[-1:] in " ,。.;!\n"][
            :1
        ]
    return [bare(rest) for rest in left if bare(rest)]


def _date_or_poll(plain: str, context: Context) -> bool:
    """ "3号 1", "3 1", "#3 1": a number that is an open poll's, then something short."""
    numbers = numbers_in(plain) or numbers_in(plain.replace("号", " "))
    return bool(numbers) and context.poll(numbers[0]) is not None and len(numbers) > 1


def _in_doubt(poll: PollContext, doubt: Doubt) -> Meaning:
    return Meaning(Intent.AMBIGUOUS, number=str(poll.number), doubt=doubt)


def _not_open(number: int) -> Meaning:
    return Meaning(Intent.VOTE, number=str(number), doubt=Doubt.NOT_OPEN)
