"""A text that acts for somebody else: "代10019 议题 …", "FOR 10019 SUPPORT 137", "代10019 来3" (a meeting).

Only the words of the form are read here; the rest is read as any text, with no poll open: nobody votes for another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gateway.conversation.understanding.model import Context, Doubt, Intent, Meaning
from gateway.conversation.understanding.normalise import bare, in_one_script, normalise
from gateway.conversation.understanding.parse import understand

_FORM = re.compile(
    r"^\s*(?:#\s*\d{3,10}(?!\d)[\s,.。:;、]*)?(?:代|替|帮|for\b)\s*#?\s*(\d{3,10})(?!\d)[\s,.。:;、]*(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_COMES = re.compile(r"^(?:参加|来|去|comes? to|comes?)(?:会|会号|协商会|meeting)?\s*(\d{1,9})$")
_STAYS = re.compile(
    r"^(?:不参加|不来|不去|不能来|stays? away from|stays? away|not coming to)(?:会|会号|协商会|meeting)?\s*(\d{1,9})$"
)
_MAY = frozenset({Intent.TOPIC, Intent.SUPPORT, Intent.QUESTION, Intent.STATEMENT})


@dataclass(frozen=True)
class ForAnother:
    """For whom (a personal code) and what; `comes` and `meeting` for a reply to an invitation, else `meaning`.

    `votes`: it would be a vote, or may be one, which is never given for another.
    """

    code: str
    meaning: Meaning = field(repr=False)
    comes: bool | None = None
    meeting: int = 0
    votes: bool = False


def for_another(text: str) -> ForAnother | None:
    """What a text does for somebody else; None when it is nothing of the kind."""
    found = _FORM.match(normalise(text))
    if found is None:
        return None
    code, rest = found[1], found[2]
    plain = in_one_script(bare(rest).lower())
    for pattern, comes in ((_COMES, True), (_STAYS, False)):
        if said := pattern.match(plain):
            return ForAnother(code, Meaning(Intent.UNKNOWN), comes, int(said[1]))
    meaning = understand(rest, Context())
    votes = meaning.intent is Intent.VOTE or meaning.doubt in (Doubt.NOT_OPEN, Doubt.IS_IT_A_VOTE, Doubt.WHICH_POLL)
    return ForAnother(code, meaning, votes=votes) if votes or meaning.intent in _MAY else None
