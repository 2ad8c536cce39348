"""What of a poll its count depends on."""

from __future__ import annotations

from gateway.polls.counting.greedy import Spending
from gateway.polls.counting.outcome import CountingTerms
from gateway.polls.model import SHARING_OUT, Poll


def terms_of(poll: Poll) -> CountingTerms:
    """The terms to count `poll` by."""
    return CountingTerms(
        form=poll.form,
        counting=poll.counting,
        threshold=poll.threshold,
        quorum=poll.quorum,
        tie_rule=poll.tie_rule,
        spending=_spending(poll) if poll.counting in SHARING_OUT else None,
    )


def _spending(poll: Poll) -> Spending:
    return Spending(
        costs=dict(zip(poll.options, poll.costs, strict=True)),
        budget=poll.budget or 0,
        least_votes=poll.least_votes or 1,
        exclusive=tuple(frozenset(map(str, some)) for some in poll.exclusive),
    )
