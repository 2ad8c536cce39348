"""Moving the end of an open poll, after an outage for example: later only, as far as the frozen terms let it.

The terms keep the closing time that was frozen, and say how many hours it may be moved. Each move is an entry of the
record with its reason and is told to all electors, so that an end that was moved can be seen by everybody. Whoever
moves it knows no result, for there is none before closing.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.polls import views
from gateway.polls.inviting import subject_of
from gateway.polls.model import Poll, PollState
from gateway.polls.speaking import sender, spoken
from gateway.polls.store import polls
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording

EXTENDED = "poll.extended"
LONGEST_REASON = 40
# A reason is for everybody to read: no number of anybody belongs in it.
_SOMEBODYS_NUMBER = re.compile(r"\d[\d\s-]{5,}\d")


def extend_poll(tx: UnitOfWork, number: int, until: datetime, reason: str, *, at: datetime, wording: Wording) -> None:
    """Move the closing time of an open poll to `until` and tell its electors why.

    RuleError: poll_not_open, extension_too_far; InputError: extension_not_later, extension_reason_wrong; NotFound:
    poll_unknown.
    """
    poll = polls.find_poll(tx.connection, number, lock=True)
    if poll is None:
        raise NotFound("poll_unknown", poll=number)
    if poll.state is not PollState.OPEN or poll.closes_at <= at:
        raise RuleError("poll_not_open", poll=number)
    words = _reason(reason)
    if until <= poll.closes_at:
        raise InputError("extension_not_later")
    if until > _frozen_end(tx, number) + timedelta(hours=poll.extension_hours):
        raise RuleError("extension_too_far", hours=poll.extension_hours)
    polls.move_poll(tx, poll, closes_at=until)
    entry: dict[str, Value] = {
        "poll": number,
        "was": moment_text(poll.closes_at),
        "closes_at": moment_text(until),
        "reason": words,
    }
    record.append(tx, EXTENDED, subject_of(number), entry, at=at)
    _tell(tx, poll, until, words, at=at, wording=wording)


def _reason(text: str) -> str:
    words = " ".join(text.split()).rstrip("。.")
    if not words or len(words) > LONGEST_REASON or _SOMEBODYS_NUMBER.search(words):
        raise InputError("extension_reason_wrong", longest=LONGEST_REASON)
    return words


def _frozen_end(tx: UnitOfWork, number: int) -> datetime:
    return datetime.fromisoformat(json.loads(views.frozen_terms(tx.connection, number) or "{}")["closes_at"])


def _tell(tx: UnitOfWork, poll: Poll, until: datetime, reason: str, *, at: datetime, wording: Wording) -> None:
    community = roll.community(tx.connection, poll.community_id)

    def say(form: str, language: str) -> str:
        return wording.say(
            f"poll_extension.{form}",
            language,
            village=sender(poll, community.name, language, wording=wording),
            poll=poll.number,
            when=_when(until, community, language, wording),
            reason=reason,
        )

    draft = BroadcastDraft(
        community_id=community.id,
        kind=EXTENDED,
        subject=subject_of(poll.number),
        texts={language: say("text", language) for language in wording.languages},
        calls={
            language: spoken(poll, say("call", language), language, wording=wording) for language in wording.languages
        },
        before_call=words_before_call(tx.connection, community.id, wording=wording),
        audience=[elector.resident_id for elector in roll.electorate(tx.connection, community.id)],
    )
    start_broadcast(tx, draft, at=at)


def _when(moment: datetime, community: Community, language: str, wording: Wording) -> str:
    local = moment.astimezone(ZoneInfo(community.timezone))
    month = wording.say(f"meeting_news.month.m{local.month}", language)
    return wording.say("poll_extension.when", language, month=month, day=local.day, clock=f"{local:%H:%M}")
