"""Whether a ballot can be filled in by ear, and how. Pure.

A call asks about a dozen options at most, one by one or in pages of three. Of more, the caller keys the numbers from
the printed sheet: two digits each, so that two choices take six keys (docs/menus.md). Points for more than a dozen
options, and lists that nobody has the patience to hear even in part, are no ballot for the ear: such a poll is put by
text and on paper, and says so.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.polls.model.choices import BallotForm
from gateway.polls.model.terms import Method

MOST_ASKED_ABOUT = 12
# At three a page and a key a page it takes twenty answers to hear them all.
MOST_ON_SHEET = 60


class ByEar(StrEnum):
    """ASKED: the call reads out the options. SHEET: the caller keys their numbers. NOT: not by call."""

    ASKED = "asked"
    SHEET = "sheet"
    NOT = "not"


def by_ear(form: BallotForm) -> ByEar:
    """How a ballot of that form is filled in during a call."""
    if form.options <= MOST_ASKED_ABOUT:
        return ByEar.ASKED
    if form.method is Method.SCORE or form.options > MOST_ON_SHEET:
        return ByEar.NOT
    return ByEar.SHEET
