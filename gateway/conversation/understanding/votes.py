"""From a text to the votes in it. A vote is never guessed.

In answer to a poll that was just put to the sender, a number or a soft word ("是", "yes") is enough. Without that,
only a message that is nothing but a word such as "赞成" counts, and only in the only open poll. Whatever falls short
of it, or says two things, is asked back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.conversation.understanding.choices import (
    NO_SUCH,
    is_bare_number,
    is_perhaps,
    looks_like_choice,
    polite,
    read_choice,
    unmarked,
)
from gateway.conversation.understanding.lexicon import ACKNOWLEDGE, Lexicon
from gateway.conversation.understanding.model import Context, Doubt, Intent, Meaning, PollContext, Vote
from gateway.conversation.understanding.normalise import NUMERALS, bare, ending, read_number

_NUMBER = rf"(?:\d{{1,12}}|[{NUMERALS}]{{1,3}})"
_NUMBER_THEN_WORDS = re.compile(rf"({_NUMBER})[\s号號:,.。;、-]*(.*)", re.DOTALL)
_BETWEEN_VOTES = r"(?:[\s,;。.、]|和|还有|再|\band\b)+"
# How a statement may end; "..." hesitates and a smile is talk between friends.
_FIRM_END = re.compile(r"[\s.。!,]{0,2}")
_FEWEST_TO_SPLIT = 2


@dataclass(frozen=True)
class VoteReader:
    """Finds votes in normalised, lower-case texts for somebody to whom `context` applies."""

    context: Context
    lexicon: Lexicon

    def answer(self, plain: str) -> Meaning | None:
        """An answer to the poll that was just put to the sender."""
        if self.context.asked is None or polite(plain, self.lexicon).startswith(self.lexicon.vote_words):
            return None
        poll = self.context.poll(self.context.asked)
        if poll is None:
            return _not_open(self.context.asked) if looks_like_choice(plain, self.lexicon) else None
        if is_perhaps(plain, self.lexicon):
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
        return _in_doubt(only, Doubt.IS_IT_A_VOTE) if only else Meaning(Intent.AMBIGUOUS, doubt=Doubt.WHICH_POLL)

    def several(self, plain: str) -> Meaning | None:
        """Several votes in one message, each naming its poll: all of them, or none."""
        naming = [word for word in self.lexicon.vote_words if word not in self.lexicon.option_words]
        words, marks = ("|".join(map(re.escape, forms)) for forms in (naming, self.lexicon.after_number))
        begins = rf"(?:{words})\s*第?\s*{_NUMBER}|第?\s*{_NUMBER}\s*(?:{marks})"
        pieces = re.split(rf"{_BETWEEN_VOTES}(?={begins})", plain)
        said = [bare(piece) for piece in pieces if bare(piece)]
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
        for text in dict.fromkeys((plain, polite(plain, self.lexicon))):
            word = next((word for word in self.lexicon.vote_words if self._begins(text, word)), None)
            found = self._after(word, bare(text[len(word) :])) if word else None
            if found := found or self._number_first(text):
                return found
        return None

    # --- a word for voting first ---

    def _begins(self, text: str, word: str) -> bool:
        rest = text[len(word) :]
        return text.startswith(word) and not (word[-1].isascii() and rest[:1].isascii() and rest[:1].isalpha())

    def _after(self, word: str, rest: str) -> Meaning | None:
        """What follows `word`: a poll's number and a choice, or a choice alone when one poll is meant."""
        named = _NUMBER_THEN_WORDS.fullmatch(rest.removeprefix("第"))
        number = read_number(named[1]) if named else None
        if named and named[2] and number is not None and word not in self.lexicon.option_words:
            return self._named(number, named[2])
        if number is not None and self._names_poll(word, number):
            poll = self.context.poll(number)
            return _in_doubt(poll, Doubt.IS_IT_A_VOTE) if poll else _not_open(number)
        return self._lone(rest)

    def _names_poll(self, word: str, number: int) -> bool:
        """Whether a lone number after `word` is, or may be, a poll's rather than an option's."""
        if word in self.lexicon.option_words:
            return False
        if word in self.lexicon.poll_words:
            return True
        # With several polls open and none asked about, which one is meant has to be asked anyway.
        one_is_meant = self.context.asked is not None or self.context.only is not None
        return one_is_meant and self.context.poll(number) is not None

    def _lone(self, choice: str) -> Meaning | None:
        """A choice after a word for voting, without a poll's number."""
        asked = self.context.asked
        poll = self.context.only if asked is None else self.context.poll(asked)
        if poll:
            return self._as_vote(poll, read_choice(choice, poll, self.lexicon, soft=True))
        if not looks_like_choice(choice, self.lexicon):
            return None
        if asked is not None:
            return _not_open(asked)
        return Meaning(Intent.AMBIGUOUS, doubt=Doubt.WHICH_POLL if self.context.polls else Doubt.NOT_OPEN)

    # --- a poll's number first ---

    def _number_first(self, text: str) -> Meaning | None:
        """ "3号投1", "第3号表决赞成": the poll's number, its mark, a word for voting or one that is a choice."""
        for before in ("", *self.lexicon.before_number):
            for mark in self.lexicon.after_number:
                number, found, words = text.removeprefix(before).removeprefix("第").partition(mark)
                value = read_number(number) if found and text.startswith(before) else None
                if value is not None:
                    return self._first_named(value, bare(words))
        return None

    def _first_named(self, number: int, words: str) -> Meaning | None:
        said = unmarked(words, self.lexicon)
        # "3号2" could be a date or a house; a word for voting or a word that is a choice must be there.
        if said and (said != polite(words, self.lexicon) or said in self.lexicon.choices):
            return self._named(number, words)
        return None

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
        # "2号" alone could be a day as well as an option.
        is_date = polite(plain, self.lexicon).endswith(self.lexicon.after_number)
        bare_number = is_bare_number(plain, self.lexicon)
        return not (self.context.asked is not None or is_date or bare_number) and bool(
            _FIRM_END.fullmatch(ending(text))
        )


def _in_doubt(poll: PollContext, doubt: Doubt) -> Meaning:
    return Meaning(Intent.AMBIGUOUS, number=str(poll.number), doubt=doubt)


def _not_open(number: int) -> Meaning:
    return Meaning(Intent.VOTE, number=str(number), doubt=Doubt.NOT_OPEN)
