"""A ballot in words, for the one time that it is read back to the ear of whoever filled it in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from gateway.conversation.calls.step import Step
from gateway.polls.model import ABSTAIN, Method, Poll
from gateway.polls.model.choices import approved, points, ranking

# Methods in which nothing chosen is an abstention, and the caller should hear it said so.
_BY_AND_BY = {Method.APPROVAL, Method.BUDGET, Method.SCORE}


def option_words(step: Step, poll: Poll, number: int) -> str:
    """The words for the number of a list (from 1): an option's own, or those for yes, no, abstain, "that is all"."""
    if number > len(poll.options):
        ends_ranking = poll.method is Method.RANKED and step.numbers("taken")
        return step.say("call.poll.rank.enough" if ends_ranking else f"call.poll.{ABSTAIN}")
    if poll.method is Method.YESNO:
        return step.say(f"call.poll.{poll.options[number - 1]}")
    own = poll.words(step.language).options[number - 1]
    if poll.method is Method.BUDGET and poll.costs:
        return step.say("call.poll.each.costing", option=own, cost=poll.costs[number - 1])
    return own


def ballot_words(step: Step, poll: Poll, ballot: str) -> str:
    """The whole ballot in one sentence."""
    if ballot == ABSTAIN:
        return step.say("call.poll.chosen_none" if poll.method in _BY_AND_BY else "call.poll.chosen_abstain")
    if poll.method is Method.RANKED:
        places = [
            step.say("call.poll.place", place=place, option=_named(step, poll, option))
            for place, option in enumerate(ranking(ballot), 1)
        ]
        return step.say("call.poll.chosen_places", options=_in_a_row(step, places))
    if poll.method is Method.SCORE:
        given = [
            step.say("call.poll.given", option=_named(step, poll, option), points=many)
            for option, many in points(ballot).items()
        ]
        return step.say("call.poll.chosen_points", options=_in_a_row(step, given))
    if poll.method in _BY_AND_BY:
        named = [_named(step, poll, option) for option in approved(ballot)]
        return step.say("call.poll.chosen_several", count=len(named), options=_in_a_row(step, named))
    return step.say("call.poll.chosen", option=option_words(step, poll, poll.options.index(ballot) + 1))


def how_to_choose(step: Step, poll: Poll) -> str:
    """How much may be chosen, where that is less than all."""
    if poll.form.budget is not None:
        return step.say("call.poll.each.limit_money", budget=poll.form.budget)
    if poll.form.most < len(poll.options):
        return step.say("call.poll.each.limit", most=poll.form.most)
    return ""


def _named(step: Step, poll: Poll, option: str) -> str:
    return poll.words(step.language).options[int(option) - 1]


def _in_a_row(step: Step, parts: Sequence[str]) -> str:
    return reduce(lambda first, rest: step.say("call.poll.and", first=first, rest=rest), parts)
