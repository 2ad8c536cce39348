"""Results and news, one after the other, and whether a ballot was counted."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.news import news_of
from gateway.conversation.calls.step import Step
from gateway.kernel.ids import has_valid_check_digit
from gateway.polls import views as polls
from gateway.polls.model import PollState
from ivr_flows.session import Outcome


def find_news(step: Step, conn: Connection) -> Outcome:
    """What there is to hear."""
    count = len(news_of(conn, step.number("community"), step.now))
    return Outcome("some", {"news_at": 0, "more_news": count > 1}) if count else Outcome("none")


def next_news(step: Step, conn: Connection) -> Outcome:
    """The one after that."""
    count, at = len(news_of(conn, step.number("community"), step.now)), step.number("news_at") + 1
    return Outcome("next", {"news_at": at, "more_news": at + 1 < count}) if at < count else Outcome("over")


def check_receipt(step: Step, conn: Connection) -> Outcome:
    """Whether the ballot with the receipt that was keyed is in a count, newest poll first; never what it said."""
    receipt = step.text("receipt_number")
    if not has_valid_check_digit(receipt):
        return Outcome("slip")
    community = step.number("community")
    for poll in reversed(polls.polls(conn, community, [PollState.CLOSED])):
        if polls.receipt_counted(conn, poll.number, receipt):
            return Outcome("counted", {"counted_in": poll.number})
    waiting = polls.polls(conn, community, [PollState.OPEN, PollState.CLOSING])
    return Outcome("not_yet" if waiting else "unknown")
