"""What keys mean where numbers are entered: digits of a code, an option of a list that may have several pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ivr_flows.model import BACK_KEY, MORE_KEY, MOST_CHOICES, PERSON_KEY, REPEAT_KEY, Collect, Pick, Value, Waiting
from ivr_flows.session import Listen

# One choice of a page is taken by "more".
PER_PAGE = MOST_CHOICES - 1
# Longer lists are answered with the number and `#`: 9 alone keeps its meaning, to repeat.
LONGEST_ONE_KEY_LIST = 8
_ENTRY = re.compile(r"(\d{0,2})(#?)")


@dataclass(frozen=True)
class Entry:
    """What was entered: `digits`, or a key that means the same `everywhere` (or `#`); `rest` was pressed ahead."""

    digits: str = field(default="", repr=False)
    everywhere: str = ""
    rest: str = field(default="", repr=False)


def collect(node: Collect, keys: str) -> Entry:
    """Digits up to `#` or the most there may be; a lone 9 or 0, or any `*`, is a key of everywhere."""
    if BACK_KEY in keys:
        return Entry(everywhere=BACK_KEY, rest=keys.partition(BACK_KEY)[2])
    digits, ended, rest = keys.partition(MORE_KEY)
    if digits in (REPEAT_KEY, PERSON_KEY):
        return Entry(everywhere=digits, rest=rest)
    if len(digits) > node.most:
        digits, rest = digits[: node.most], digits[node.most :] + ended + rest
    return Entry(digits=digits if len(digits) >= node.least else "", rest=rest)


def pick(numbers: Sequence[int], keys: str) -> Entry:
    """The number that was picked, or the key of everywhere or `#`; nothing when the keys fit neither."""
    if is_long(numbers):
        found = _ENTRY.match(keys)
        digits, ended = (found[1], found[2]) if found else ("", "")
        rest = keys[len(digits) + len(ended) :]
    else:
        digits, ended, rest = (keys[0] if keys[0].isdigit() else ""), "", keys[1:]
    if digits in (REPEAT_KEY, PERSON_KEY) and not (ended and int(digits) in numbers):
        return Entry(everywhere=digits, rest=rest)
    if digits:
        return Entry(digits=digits, rest=rest) if int(digits) in numbers else Entry()
    return Entry(everywhere=keys[0], rest=keys[1:])


def listen_to(node: Waiting, values: Mapping[str, Value]) -> Listen:
    """How long and for how many keys to wait at `node`."""
    if isinstance(node, Collect):
        return Listen(node.most, finish=MORE_KEY)
    numbers = values.get(node.source) if isinstance(node, Pick) else None
    return Listen(2 if isinstance(numbers, list) and is_long(numbers) else 1)


def is_long(numbers: Sequence[int]) -> bool:
    """Whether one key is not enough for all numbers of a list."""
    return bool(numbers) and max(numbers) > LONGEST_ONE_KEY_LIST


def pages(numbers: Sequence[int]) -> int:
    """Into how many pages a list falls so that none has more than four choices."""
    return 1 if len(numbers) <= MOST_CHOICES else -(-len(numbers) // PER_PAGE)


def options_on_page(numbers: Sequence[int], page: int) -> Sequence[int]:
    """The numbers said on a page (from 0)."""
    return numbers if pages(numbers) == 1 else numbers[page * PER_PAGE : (page + 1) * PER_PAGE]
