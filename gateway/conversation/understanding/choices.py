"""Reading a choice in a known poll: an option's number, the words for yes, no and abstention, an option's own words.

Everything here answers with a choice, with NO_SUCH for what chooses but matches no option of this poll (or two at
once), or with None for words that are no choice at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.conversation.understanding.ballots import (
    LONGEST_CHOICE,
    METHODS,
    NO_SUCH,
    RANKED,
    SCORE,
    YESNO,
    choice_of,
    numbers_in,
)
from gateway.conversation.understanding.lexicon import Lexicon
from gateway.conversation.understanding.model import PollContext
from gateway.conversation.understanding.normalise import bare, in_one_script, normalise, without_inner_spaces
from gateway.conversation.understanding.numbers import read_number
from gateway.conversation.understanding.politeness import polite, unanswered

_NUMBER_AND_WORDS = re.compile(r"(?P<number>\d{1,2})[\s.,、:)=-]*(?P<words>\D+)")
_WORDS_AND_NUMBER = re.compile(r"(?P<words>\D+?)[\s.,、:(=-]*(?P<number>\d{1,2})")
_TWICE = re.compile(r"(.{2,20}?)[\s,.。!]{0,3}\1")
_OF_ONE_SCRIPT = re.compile(r"[^\u3400-\u9fff]*[^\u3400-\u9fff\s\d]|[\u3400-\u9fff][\u3400-\u9fff\d]*")
_SHORTEST_LABEL = 2
_LONGEST_SAID_TWICE = 100


def read_choice(words: str, poll: PollContext, lexicon: Lexicon, *, soft: bool) -> str | None:
    """The choice that all of `words` is in `poll`; `soft`: words that only serve as answers ("是") count too."""
    if len(words) > LONGEST_CHOICE or is_perhaps(words, lexicon):
        return None
    spaced = bare(words)
    words = without_inner_spaces(spaced)
    # As it stands first: an option's own words may begin like a word for voting ("选民大会"), or be several.
    forms = dict.fromkeys((words, polite(words, lexicon), unanswered(words, lexicon), unanswered(spaced, lexicon)))
    found = next((choice for form in forms if (choice := _read(form, poll, lexicon, soft=soft)) is not None), None)
    if found is None and any(form in lexicon.choices for form in forms):
        found = NO_SUCH
    return NO_SUCH if found and poll.method not in METHODS else found


def is_perhaps(words: str, lexicon: Lexicon) -> bool:
    """Whether `words` may be meant as a choice or not."""
    words = without_inner_spaces(bare(words))
    return words in lexicon.perhaps or polite(words, lexicon) in lexicon.perhaps


def is_bare_number(words: str, lexicon: Lexicon) -> bool:
    """Whether `words` are a number or some numbers and nothing else; ">" or "=" between them make a ballot of it."""
    return not {">", "="} & {*words} and bool(numbers_in(unanswered(bare(words), lexicon)))


def looks_like_choice(words: str, lexicon: Lexicon) -> bool:
    """Whether `words` would be a choice in some poll."""
    if len(words) > LONGEST_CHOICE:
        return False
    words = unanswered(without_inner_spaces(bare(words)), lexicon)
    return words in lexicon.choices or words in lexicon.asked_choices or bool(numbers_in(words))


def is_label(words: str, poll: PollContext) -> bool:
    """Whether `words` are what exactly one option is called."""
    return _label_number(without_inner_spaces(bare(words)), poll) is not None


def names_option(text: str, poll: PollContext) -> bool:
    """Whether an option is named anywhere in `text`."""
    return any(len(name) >= _SHORTEST_LABEL and name in text for names in _names(poll) for name in names)


def _read(words: str, poll: PollContext, lexicon: Lexicon, *, soft: bool) -> str | None:
    found = choice_of(lexicon.number_words.get(words, words) if soft else words, poll)
    if found is None:
        found = _spoken(words, poll, lexicon, soft=soft)
    if found is None:
        found = _twice_said(words, poll, lexicon)
    return found


def _spoken(words: str, poll: PollContext, lexicon: Lexicon, *, soft: bool) -> str | None:
    twice = _TWICE.fullmatch(words)
    words = twice[1] if twice and twice[1] in lexicon.choices else words
    spoken = lexicon.choices.get(words) or (lexicon.asked_choices.get(words) if soft else None)
    if spoken and (poll.method == YESNO or spoken == "abstain"):
        return spoken
    # An option's own words are too loose to be a vote unless the poll was named or just put.
    return _labelled(words, poll) if soft and poll.options and poll.method != SCORE else None


def _labelled(words: str, poll: PollContext) -> str | None:
    """The choice of the options that are called `words`, one or several."""
    alone = _label_number(words, poll)
    if alone is not None:
        return choice_of(str(alone), poll)
    # Only numbers that are part of a label count here; "1 修路" is read elsewhere.
    return choice_of(words, poll, read=lambda part: _label_number(part.strip(), poll))


def _label_number(words: str, poll: PollContext) -> int | None:
    """The number of the only option that is called `words`, in whole or in one of its languages."""
    found = [number for number, names in enumerate(_names(poll), start=1) if words in names]
    return found[0] if len(found) == 1 and len(words) >= _SHORTEST_LABEL and read_number(words) is None else None


@lru_cache(maxsize=256)
def _names(poll: PollContext) -> list[set[str]]:
    """What each option is called: in whole, and its Chinese and its other part ("修路 road")."""
    options = (in_one_script(normalise(text).lower()) for text in poll.options)
    return [
        {without_inner_spaces(bare(option)), *(bare(part) for part in _OF_ONE_SCRIPT.findall(option))}
        for option in options
    ]


def _twice_said(words: str, poll: PollContext, lexicon: Lexicon) -> str | None:
    """ "1 赞成": a choice as number and in words counts when both say the same."""
    if len(words) > _LONGEST_SAID_TWICE or poll.method in (RANKED, SCORE):
        return None
    found = _NUMBER_AND_WORDS.fullmatch(words) or _WORDS_AND_NUMBER.fullmatch(words)
    if found is None or poll.method in (RANKED, SCORE):
        return None
    spoken = _spoken(unanswered(bare(found["words"]), lexicon), poll, lexicon, soft=True)
    if spoken is None:
        return None
    return spoken if spoken == choice_of(found["number"], poll) else NO_SUCH
