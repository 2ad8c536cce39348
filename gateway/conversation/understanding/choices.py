"""Reading a choice in a known poll: an option's number, the words for yes, no and abstention, an option's own words.

Everything here answers with a choice, with NO_SUCH for what chooses but matches no option of this poll (or two at
once), or with None for words that are no choice at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.conversation.understanding.lexicon import Lexicon
from gateway.conversation.understanding.model import PollContext
from gateway.conversation.understanding.normalise import bare, normalise, parts, read_number, without_politeness

NO_SUCH = ""
YESNO, SINGLE, APPROVAL, RANKED = "yesno", "single", "approval", "ranked"
_METHODS = (YESNO, SINGLE, APPROVAL, RANKED)
_YESNO_NUMBERS = {1: "yes", 2: "no", 3: "abstain"}
_BETWEEN = re.compile(r"\s*(?:[,、;+&>/]|和|及|\band\b|\s)\s*")
_NUMBER_AND_WORDS = re.compile(r"(?P<number>\d{1,2})[\s.,、:)-]*(?P<words>\D+)")
_WORDS_AND_NUMBER = re.compile(r"(?P<words>\D+?)[\s.,、:(-]*(?P<number>\d{1,2})")
_SHORTEST_LABEL = 2


def polite(text: str, lexicon: Lexicon) -> str:
    """A bare text without polite words around it."""
    return without_politeness(text, lexicon.polite_before, lexicon.polite_after)


def unmarked(words: str, lexicon: Lexicon) -> str:
    """`words` without leading words for voting ("投1", "我投1" → "1")."""
    shorter = _without_mark(polite(words, lexicon), lexicon)
    while shorter != words:
        words, shorter = shorter, _without_mark(polite(shorter, lexicon), lexicon)
    return words


def _without_mark(words: str, lexicon: Lexicon) -> str:
    for mark in lexicon.choice_marks:
        rest = words.removeprefix(mark)
        if words.startswith(mark) and bare(rest) and (parts(mark, rest) or rest[0].isdigit()):
            return bare(rest)
    return words


def read_choice(words: str, poll: PollContext, lexicon: Lexicon, *, soft: bool) -> str | None:
    """The choice that all of `words` is in `poll`; `soft`: words that only serve as answers ("是") count too."""
    if is_perhaps(words, lexicon):
        return None
    words = unmarked(bare(words), lexicon)
    numbers = _several(words)
    if numbers:
        found: str | None = _numbered(numbers, poll)
    else:
        found = _spoken(words, poll, lexicon, soft=soft) or _twice_said(words, poll, lexicon)
        found = NO_SUCH if found is None and words in lexicon.choices else found
    return NO_SUCH if found and poll.method not in _METHODS else found


def is_perhaps(words: str, lexicon: Lexicon) -> bool:
    """Whether `words` may be meant as a choice or not."""
    return bare(words) in lexicon.perhaps or polite(bare(words), lexicon) in lexicon.perhaps


def is_bare_number(words: str, lexicon: Lexicon) -> bool:
    """Whether `words` are a number or some numbers and nothing else; ">" between them makes a ranking."""
    return ">" not in words and bool(_several(unmarked(bare(words), lexicon)))


def looks_like_choice(words: str, lexicon: Lexicon) -> bool:
    """Whether `words` would be a choice in some poll."""
    words = unmarked(bare(words), lexicon)
    return words in lexicon.choices or words in lexicon.asked_choices or bool(_several(words))


def _several(words: str) -> list[int]:
    """The numbers that `words` consist of; none when anything else is among them."""
    found = [read_number(part.removesuffix("号")) for part in _BETWEEN.split(words)]
    return [number for number in found if number is not None] if None not in found else []


def _numbered(numbers: Sequence[int], poll: PollContext) -> str:
    if poll.method == YESNO:
        return _YESNO_NUMBERS.get(numbers[0], NO_SUCH) if len(numbers) == 1 else NO_SUCH
    most = {APPROVAL: poll.max or len(poll.options), RANKED: len(poll.options)}.get(poll.method, 1)
    exist = all(1 <= number <= len(poll.options) for number in numbers)
    if not exist or len(set(numbers)) < len(numbers) or len(numbers) > most:
        return NO_SUCH
    if poll.method == RANKED:
        return ">".join(map(str, numbers))
    return ",".join(map(str, sorted(numbers)))


def _spoken(words: str, poll: PollContext, lexicon: Lexicon, *, soft: bool) -> str | None:
    spoken = lexicon.choices.get(words) or (lexicon.asked_choices.get(words) if soft else None)
    if spoken and (poll.method == YESNO or spoken == "abstain"):
        return spoken
    # An option's own words are too loose to be a vote unless the poll was named or just put.
    return _labelled(words, poll) if soft else None


def _labelled(words: str, poll: PollContext) -> str | None:
    """The number of the only option that is called `words`, in whole or in one of its languages."""
    labels = [{option, *option.split()} for option in (normalise(text).lower() for text in poll.options)]
    found = [number for number, names in enumerate(labels, start=1) if words in names]
    return str(found[0]) if len(found) == 1 and len(words) >= _SHORTEST_LABEL else None


def _twice_said(words: str, poll: PollContext, lexicon: Lexicon) -> str | None:
    """ "1 赞成": a choice as number and in words counts when both say the same."""
    found = _NUMBER_AND_WORDS.fullmatch(words) or _WORDS_AND_NUMBER.fullmatch(words)
    if found is None:
        return None
    spoken = _spoken(unmarked(bare(found["words"]), lexicon), poll, lexicon, soft=True)
    if spoken is None:
        return None
    return spoken if spoken == _numbered([int(found["number"])], poll) else NO_SUCH
