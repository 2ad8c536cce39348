"""Counting: pure functions from ballots to an outcome, in whole numbers and fractions only.

`tallies` says what was in the box, one file for each rule says what it makes of that, `ties` what happens when options
are equal, `outcome` puts it together with threshold, groups and quorum. The order of ballots never matters.
"""

from gateway.polls.counting.outcome import CountingTerms, Outcome, decide, leading
from gateway.polls.counting.report import published_choices, report
from gateway.polls.counting.shares import is_enough
from gateway.polls.counting.tallies import Tally, add, count, votes
from gateway.polls.counting.terms import terms_of

__all__ = [
    "CountingTerms",
    "Outcome",
    "Tally",
    "add",
    "count",
    "decide",
    "is_enough",
    "leading",
    "published_choices",
    "report",
    "terms_of",
    "votes",
]
