"""From a poll's tallies to the result that is published, without what would give a vote away (`cells`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gateway.polls.counting.cells import is_small, withheld_groups
from gateway.polls.counting.margin import margin
from gateway.polls.counting.outcome import CountingTerms, Outcome, decide
from gateway.polls.counting.tallies import Tally, add, votes
from gateway.polls.counting.terms import terms_of
from gateway.polls.model import ANY_LANGUAGE, NO_GROUP, YES, GroupResult, Method, Poll, Result


def report(poll: Poll, tallies: Sequence[Tally]) -> Result:
    """The result of `poll`, whose groups have `tallies` (one without groups)."""
    terms = terms_of(poll)
    outcome = decide(tallies, terms)
    overall = add(tallies)
    result = Result(
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
        by_group=_by_group(poll, tallies, outcome, terms),
        working=outcome.working,
        rehearsal=poll.rehearsal,
        margin=margin(terms, tallies, outcome),
    )
    if any(group.withheld for group in result.by_group.values()):
        # The margin may be that of a group whose numbers nobody is to know.
        result = replace(result, margin=None)
    return _outcome_only(result) if is_small(overall.participants) else result


def published_choices(result: Result, choices: Iterable[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
    """The (salt, choice, group index) that are published with `result`: no more than it says itself.

    None where so few took part that the counts are withheld; NO_GROUP for the ballots of a group that is.
    """
    if result.withheld:
        return
    hidden = {at for at, group in enumerate(result.by_group.values()) if group.withheld}
    for salt, choice, group in choices:
        yield salt, choice, NO_GROUP if group in hidden else group


def _by_group(poll: Poll, tallies: Sequence[Tally], outcome: Outcome, terms: CountingTerms) -> dict[str, GroupResult]:
    if not poll.by_group:
        return {}
    counted = [votes(tally.counts, poll.method, terms.form.options) for tally in tallies]
    groups = [(tally.participants, list(found.values())) for tally, found in zip(tallies, counted, strict=True)]
    hidden = withheld_groups(groups)
    return {
        name: _withheld(tally) if at in hidden else _shown(tally, counted[at], held=outcome.held[at])
        for at, (name, tally) in enumerate(zip(poll.groups, tallies, strict=True))
    }


def _shown(tally: Tally, counted: dict[str, int], *, held: bool) -> GroupResult:
    return GroupResult(tally.entitled, tally.participants, tally.present, counted, held)


def _withheld(tally: Tally) -> GroupResult:
    return GroupResult(tally.entitled, tally.participants, tally.present, {}, None)


def _outcome_only(result: Result) -> Result:
    """What is published of a poll in which few took part: adopted or not, and what was chosen."""
    winners = (YES,) if result.method is Method.YESNO else result.winners
    return replace(
        result,
        withheld=True,
        counts={},
        winners=winners if result.adopted else (),
        broken=(),
        working={},
        margin=None,
        by_group={name: replace(group, counts={}, adopted=None) for name, group in result.by_group.items()},
    )
