"""From numbers to a choice, for every form of ballot.

Answers with the choice as ballots hold it, with NO_SUCH for numbers that are no choice in this poll, or with None for
words that are not numbers at all. What numbers could mean twice is no choice: it is asked back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from gateway.conversation.understanding.model import PollContext
from gateway.conversation.understanding.numbers import NUMBER, read_number

NO_SUCH = ""
YESNO, SINGLE, APPROVAL, RANKED, SCORE, BUDGET = "yesno", "single", "approval", "ranked", "score", "budget"
_YESNO_NUMBERS = {1: "yes", 2: "no", 3: "abstain"}
_BETWEEN = re.compile(r"\s*(?:[,、;+&>]|然后|还有|和|及|与|跟|再|\band\b|\bthen\b|\by\b|\s)\s*")
_BETWEEN_RANKS = re.compile(r"\s*(?:[,、;>\-]|然后|其次|再|\bthen\b|\s)\s*")
_BEFORE_OPTION, _AFTER_OPTION = ("第", "#"), ("号", "项")
_ONE_OPTION = re.compile(r"第\s*(.+?)\s*(?:[号项个]|种|)|#?\s*(.+?)\s*[号项]?")
_POINTS = re.compile(
    rf"第?(?P<option>{NUMBER})(?:号\s*[=:给打]?\s*|\s*[=:给打]\s*|(?=\s{NUMBER}分))\s*(?P<points>{NUMBER})\s*分?"
)
_BETWEEN_POINTS = re.compile(r"[\s,、;和]*")
_POINTS_WITHOUT_SCALE = 5
# Longer texts than the longest ballot (points for 99 options) are no choice.
LONGEST_CHOICE = 800
_FEWEST_IN_A_ROW, _MOST_IN_A_ROW = 3, 9

# Turns one part of an answer into an option's number.
OptionReader = Callable[[str], int | None]


def numbers_in(words: str, *, ranked: bool = False, read: OptionReader = read_number) -> list[int]:
    """The options that `words` consist of; none when anything else is among them."""
    between = _BETWEEN_RANKS if ranked else _BETWEEN
    # Most texts are no list of numbers, which shows in their first word.
    if not words or len(words) > LONGEST_CHOICE or _option(between.split(words, 1)[0], read) is None:
        return []
    found = []
    for part in between.split(words):
        number = _option(part, read)
        if number is None:
            return []
        found.append(number)
    return found


def choice_of(words: str, poll: PollContext, *, read: OptionReader = read_number) -> str | None:
    """The choice that numbers (or whatever `read` makes numbers of) are in `poll`."""
    if poll.method == SCORE:
        return _scored(words, poll)
    numbers = numbers_in(words, ranked=poll.method == RANKED, read=read)
    if not numbers:
        return None
    if poll.method not in _FORMS:
        return NO_SUCH
    return _FORMS[poll.method](numbers, poll)


def _option(part: str, read: OptionReader) -> int | None:
    number = read(part)
    if number is not None or (not part.startswith(_BEFORE_OPTION) and not part.endswith(_AFTER_OPTION)):
        return number
    stripped = _ONE_OPTION.fullmatch(part)
    return read(stripped[1] or stripped[2]) if stripped else None


def _yes_or_no(numbers: Sequence[int], poll: PollContext) -> str:  # noqa: ARG001  # the shape of a form
    return _YESNO_NUMBERS.get(numbers[0], NO_SUCH) if len(numbers) == 1 else NO_SUCH


def _single(numbers: Sequence[int], poll: PollContext) -> str:
    return str(numbers[0]) if len(numbers) == 1 and _exist(numbers, poll) else NO_SUCH


def _several(numbers: Sequence[int], poll: PollContext) -> str:
    if not _exist(numbers, poll) or len(numbers) > (poll.max or len(poll.options)):
        return NO_SUCH
    return ",".join(map(str, sorted(numbers)))


def _ranking(numbers: Sequence[int], poll: PollContext) -> str:
    if len(numbers) == 1 and not _exist(numbers, poll):
        # "312": every option once, and no option has that number.
        numbers = [int(digit) for digit in str(numbers[0])]
        if not _FEWEST_IN_A_ROW <= len(numbers) == len(poll.options) <= _MOST_IN_A_ROW:
            return NO_SUCH
    fits = _exist(numbers, poll) and len(numbers) <= (poll.max or len(poll.options))
    return ">".join(map(str, numbers)) if fits else NO_SUCH


def _exist(numbers: Sequence[int], poll: PollContext) -> bool:
    return len(set(numbers)) == len(numbers) and all(1 <= number <= len(poll.options) for number in numbers)


def _scored(words: str, poll: PollContext) -> str | None:
    """Points for options ("1=5, 2=0", "1号5分"); numbers in a row could be either and are no choice."""
    pairs, at = [], 0
    for found in _POINTS.finditer(words):
        if not _BETWEEN_POINTS.fullmatch(words, at, found.start()):
            return None
        pairs.append((read_number(found["option"]), read_number(found["points"])))
        at = found.end()
    if at < len(words) or not pairs:
        return NO_SUCH if numbers_in(words) else None
    known = [(option, points) for option, points in pairs if option is not None and points is not None]
    most = _POINTS_WITHOUT_SCALE if poll.scale is None else poll.scale
    if not _exist([option for option, _ in known], poll) or any(points > most for _, points in known):
        return NO_SUCH
    return ",".join(f"{option}={points}" for option, points in sorted(known)) if len(known) == len(pairs) else NO_SUCH


_FORMS: Mapping[str, Callable[[Sequence[int], PollContext], str]] = {
    YESNO: _yes_or_no,
    SINGLE: _single,
    APPROVAL: _several,
    BUDGET: _several,
    RANKED: _ranking,
}
METHODS = (*_FORMS, SCORE)
