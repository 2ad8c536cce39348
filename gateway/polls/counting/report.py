"""From a poll's tallies to the result that is published."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.polls.counting.outcome import decide
from gateway.polls.counting.tallies import Tally, add, votes
from gateway.polls.counting.terms import terms_of
from gateway.polls.model import ANY_LANGUAGE, GroupResult, Poll, Result


def report(poll: Poll, tallies: Sequence[Tally]) -> Result:
    """The result of `poll`, whose groups have `tallies` (one without groups)."""
    terms = terms_of(poll)
    outcome = decide(tallies, terms)
    overall = add(tallies)
    groups = zip(poll.groups, tallies, outcome.held, strict=True) if poll.by_group else ()
    return Result(
        poll=poll.number,
        method=poll.method,
        counting=poll.counting,
        question=poll.wording[ANY_LANGUAGE].question,
        eligible=overall.entitled,
        participants=overall.participants,
        present=overall.present,
        counts=outcome.votes,
        winners=outcome.winners,
        tied=outcome.tied,
        broken=outcome.broken,
        adopted=outcome.adopted,
        threshold=poll.threshold,
        quorum=poll.quorum,
        quorum_reached=outcome.quorum_reached,
        by_group={
            name: GroupResult(
                group.entitled,
                group.participants,
                group.present,
                votes(group.counts, poll.method, terms.form.options),
                held,
            )
            for name, group, held in groups
        },
        working=outcome.working,
    )
