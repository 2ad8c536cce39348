"""The inbox: whatever a carrier sends is accepted once; a repeat finds the first answer.

A claim is a row with a unique key. Its holder settles it in the same transaction as the effect, so both are there or
neither is. Nothing but the day is kept of the time: an exact one would lie beside a ballot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.kernel.db import Database, UnitOfWork
from gateway.kernel.errors import NotFound
from gateway.messaging.model import InboxKind, InboxState, WaitingText
from gateway.messaging.store import claims
from gateway.messaging.store.claims import claim_settled, redact_after

__all__ = [
    "InboxKind",
    "InboxState",
    "LateReply",
    "WaitingText",
    "answer_of",
    "answer_waiting",
    "claim",
    "claim_settled",
    "forget_before",
    "known_keys",
    "once_a_day",
    "redact_after",
    "redact_later",
    "reply_later",
    "settle",
    "settle_late_reply",
    "settled_claim",
    "take_late_replies",
    "waiting",
]

# The carrier refuses to empty a text before its own receipt has come, for an hour or more.
REDACT_AFTER = timedelta(hours=2)


def claim(
    tx: UnitOfWork, key: str, kind: InboxKind, *, at: datetime, state: InboxState = InboxState.CLAIMED
) -> int | None:
    """Claim `key` (a keyed hash, 64 characters at most); None when it was claimed before: ask `answer_of`.

    What has no answer to keep is claimed as DONE at once.

    Waits until a parallel holder of the same key has committed or given up.
    """
    return claims.insert_claim(tx, key, kind, at.astimezone(UTC).date(), state)


def settled_claim(key: str, community_id: int, carrier_id: str, answer: str, *, at: datetime) -> dict[str, object]:
    """The values for `claim_settled` and `redact_after`: a text that was a ballot is done, with its sealed answer."""
    return {
        "claim_key": key,
        "claim_kind": InboxKind.TEXT.value,
        "claim_state": InboxState.DONE.value,
        "claim_day": at.astimezone(UTC).date(),
        "claim_answer": answer,
        "claim_community": community_id,
        "redact_id": carrier_id,
        "redact_at": at + REDACT_AFTER,
    }


def answer_of(conn: Connection, key: str) -> str | None:
    """The answer that was kept for `key`, as it was sealed; None when nothing was ever claimed under it."""
    return claims.answer_for(conn, key)


def settle(
    tx: UnitOfWork,
    inbox_id: int,
    *,
    state: InboxState,
    answer: str = "",
    sealed_text: str | None = None,
    community_id: int | None = None,
    resident_id: int | None = None,
) -> None:
    """Keep what became of a claim. `answer` and `sealed_text` come sealed; FOR_PERSON puts it on the clerk's list."""
    claims.update_claim(
        tx,
        inbox_id,
        {
            "state": state,
            "answer": answer,
            "sealed_text": sealed_text,
            "community_id": community_id,
            "resident_id": resident_id,
        },
    )


def once_a_day(tx: UnitOfWork, key: str, day: date) -> bool:
    """True the first time that `key` (a keyed hash) is asked for on `day`, False ever after."""
    return claims.insert_once(tx, key, day)


def waiting(conn: Connection, community_id: int) -> list[WaitingText]:
    """The texts of a community that wait for a person, oldest first."""
    rows = claims.waiting_rows(conn, community_id)
    return [WaitingText(row.id, row.resident_id, row.received_on, row.sealed_text) for row in rows]


def answer_waiting(tx: UnitOfWork, inbox_id: int) -> None:
    """Take a text off the clerk's list. NotFound("text_not_waiting") when it is not (any more) on it."""
    if not claims.take_waiting(tx, inbox_id):
        raise NotFound("text_not_waiting")


def known_keys(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Which of `keys` have been claimed."""
    return claims.known_keys(conn, keys)


def reply_later(tx: UnitOfWork, inbox_id: int, envelope: str, *, at: datetime) -> None:
    """Keep a sealed answer that has to go out as a text of its own."""
    if envelope:
        claims.insert_late_reply(tx, inbox_id, envelope, at)


@dataclass(frozen=True)
class LateReply:
    """A sealed answer that is to be sent; `tries`: how often that was tried before."""

    inbox_id: int
    envelope: str
    made_at: datetime
    tries: int


def take_late_replies(db: Database, now: datetime, until: datetime, limit: int) -> list[LateReply]:
    """The answers that are due; they are the caller's alone until `until`. Own transaction."""
    with db.work() as tx:
        rows = claims.take_late_replies(tx, now, until, limit)
        tx.commit()
    return [LateReply(row.inbox_id, row.envelope, row.made_at, row.tries) for row in rows]


def settle_late_reply(tx: UnitOfWork, inbox_id: int, again_at: datetime | None) -> None:
    """Forget an answer that has gone (or never will), or take it up again at `again_at`."""
    if again_at is None:
        claims.delete_late_reply(tx, inbox_id)
    else:
        claims.postpone_late_reply(tx, inbox_id, again_at)


def redact_later(tx: UnitOfWork, carrier_id: str, *, at: datetime) -> None:
    """Have the carrier empty the body of a resident's text once it lets us; asking twice is asking once."""
    claims.insert_redaction(tx, carrier_id, at + REDACT_AFTER)


def forget_before(tx: UnitOfWork, day: date) -> None:
    """Drop the sealed texts and answers of days before `day`; the claims stay, so that a late repeat is still known."""
    claims.forget_texts_before(tx, day)
    claims.forget_once_before(tx, day)
