"""The jobs: a few lines each, called by name with ids alone. Each may run twice, late, or for nothing.

A job first asks the database whether its work is still wanted; what it is about never stands in its arguments.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import ParamSpec
from urllib.request import urlopen

from gateway.bootstrap import Gateway, call_prefixes, record_origin, retention_rules, webhook_guard
from gateway.conversation import missed
from gateway.delegates import receiving, referring
from gateway.erasure import retention
from gateway.followup import alarms, complaining, confirming
from gateway.meetings import inviting as meetings_inviting
from gateway.meetings import views as meetings
from gateway.messaging import inbox, outages, redacting, sending
from gateway.messaging.model import BULK_QUEUE, URGENT_QUEUE, CallbackUrls
from gateway.notices import actions as notices
from gateway.panels import inviting
from gateway.panels import views as panels
from gateway.polls import closing, turnout, waiting
from gateway.record import signing
from gateway.systems import telling
from gateway.topics import recordings, transcribing, unkept
from gateway.topics import views as topics
from gateway.township import consulting, digest
from workers import context

logger = logging.getLogger(__name__)
P = ParamSpec("P")

# A call may run past midnight; its key is needed until it ends.
CALL_KEY_DAYS = 1
# How long our own public address may take to answer.
ANSWER_SECONDS = 5


class JobFailedError(Exception):
    """A job failed; the reason is in our own log, where nothing personal can stand, and not in the queue."""


def job(function: Callable[P, None]) -> Callable[P, None]:
    """Make a function a job: what it raises is logged with its place and without its words."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception:
            logger.exception("job failed", extra={"job": function.__name__})
            raise JobFailedError(function.__name__) from None

    return run


@job
def send_due() -> None:
    """Send what is due of broadcasts that may wait their turn."""
    _send(context.gateway(), BULK_QUEUE)


@job
def send_urgent() -> None:
    """Send what people have asked for just now."""
    _send(context.gateway(), URGENT_QUEUE)


def _send(gateway: Gateway, queue: str) -> None:
    sending.send_due(
        gateway.ports,
        carrier=gateway.carrier,
        urls=_urls(gateway),
        queue=queue,
        call_prefixes=call_prefixes(gateway.settings),
        traffic=replace(gateway.traffic, stopping=context.stopping),
    )


def _urls(gateway: Gateway) -> CallbackUrls:
    return CallbackUrls(gateway.settings.public_url, gateway.settings.machine_detection == "on")


@job
def sweep() -> None:
    """Find what a crash, an emptied queue or a silent carrier left behind."""
    sending.sweep(context.gateway().ports)


@job
def settle_unknown() -> None:
    """Ask the carrier about attempts of unknown outcome."""
    gateway = context.gateway()
    sending.settle_unknown(gateway.ports, carrier=gateway.carrier, urls=_urls(gateway))


@job
def release_due() -> None:
    """Release the notices whose hour has come."""
    notices.release_due(context.gateway().ports)


@job
def close_poll(number: int) -> None:
    """Close a poll and count it, from wherever an earlier run has stopped."""
    gateway = context.gateway()
    closing.close_poll(number, ports=gateway.ports, wording=gateway.wording)


@job
def close_due() -> None:
    """Close every poll whose time has come."""
    gateway = context.gateway()
    if closing.is_due(gateway.ports):
        # Who could not get through is known before the count, as far as the carrier knows.
        missed.fetch_missed(gateway.ports, carrier=gateway.carrier, wording=gateway.wording)
    closing.close_due(gateway.ports, gateway.wording)


@job
def give_sign() -> None:
    """Note for the outage log that we work, and whether carriers could reach us."""
    gateway = context.gateway()
    works = [outages.What.GATEWAY]
    if _answers(f"{gateway.settings.public_url}/healthz"):
        works.append(outages.What.WEB)
    outages.give_sign(gateway.ports, works)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310  # our own address, checked in the settings
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, ValueError):
        return False


@job
def pass_on_silent() -> None:
    """Ask the next person wherever somebody drawn did not answer in time; each panel in a transaction of its own."""
    gateway = context.gateway()
    now = gateway.ports.clock.now()
    with gateway.db.read() as conn:
        overdue = panels.overdue(conn, now)
    for number in overdue:
        with gateway.db.work() as tx:
            inviting.pass_on_silent(tx, number, at=now, wording=gateway.wording)
            tx.commit()


@job
def remind_meetings() -> None:
    """Remind whoever said that they come, from a day ahead on; each meeting in a transaction of its own."""
    gateway = context.gateway()
    now = gateway.ports.clock.now()
    with gateway.db.read() as conn:
        soon = meetings.to_remind_of(conn, now)
    for number in soon:
        with gateway.db.work() as tx:
            meetings_inviting.remind(tx, number, at=now, wording=gateway.wording)
            tx.commit()


@job
def alarm_promises() -> None:
    """Tell whoever answers for a promise, and the clerk, that it is due soon or overdue; let what waits go up."""
    gateway = context.gateway()
    alarms.sound_due(gateway.ports, wording=gateway.wording)
    complaining.escalate_due(gateway.ports, wording=gateway.wording)


@job
def note_turnouts() -> None:
    """Note how many have voted in every open poll, for the picture of its turnout once it is closed."""
    turnout.note_turnouts(context.gateway().ports)


@job
def forget_papers() -> None:
    """Destroy entries of paper batches that have waited too long for a second person."""
    waiting.forget_over(context.gateway().ports)


@job
def remind_delegates() -> None:
    """Remind delegates of what they owe an answer, and residents of their times on reception days."""
    gateway = context.gateway()
    referring.remind_due(gateway.ports, wording=gateway.wording)
    receiving.remind_due(gateway.ports, wording=gateway.wording)


@job
def close_consultations() -> None:
    """Count the consultations whose time is over."""
    gateway = context.gateway()
    consulting.close_due(gateway.ports, wording=gateway.wording)


@job
def make_digests() -> None:
    """Make last month's digest for every community that has others below it, once."""
    gateway = context.gateway()
    digest.make_due(gateway.ports, wording=gateway.wording)


@job
def ask_whether_done() -> None:
    """Ask residents about what was called done some weeks ago, and count what they have said."""
    gateway = context.gateway()
    confirming.close_due(gateway.ports, wording=gateway.wording)
    confirming.ask_due(gateway.ports, wording=gateway.wording)


@job
def set_floor(meeting: int, resident_id: int) -> None:
    """Have the carrier ask anew what a listener's call does, now that they may speak or listen again."""
    gateway = context.gateway()
    with gateway.db.read() as conn:
        seat = meetings.seat(conn, meeting, resident_id)
    if seat and seat.call:
        gateway.carrier.turn_call(seat.call, _urls(gateway).anew)


@job
def fetch_recording(recording_id: int) -> None:
    """Bring a recording home from the carrier and delete it there."""
    gateway = context.gateway()
    folder = gateway.settings.data_dir / "recordings"
    recordings.store_recording(
        gateway.ports, recording_id, carrier=gateway.carrier, folder=folder, wording=gateway.wording
    )
    if gateway.settings.transcriber:
        with gateway.db.work() as tx:
            tx.call_after_commit("upkeep", "transcribe_recording", recording_id)
            tx.commit()


@job
def transcribe_recording(recording_id: int) -> None:
    """Have the operator's engine, if there is one, write down what it hears in a recording."""
    gateway, engine = context.gateway(), context.transcriber()
    if engine is not None:
        folder = gateway.settings.data_dir / "recordings"
        transcribing.transcribe_recording(gateway.ports, recording_id, engine=engine, folder=folder)


@job
def sweep_recordings() -> None:
    """Call again for recordings whose job was lost or whose carrier did not answer."""
    with context.gateway().db.work() as tx:
        for recording_id in topics.unfinished_recordings(tx.connection):
            tx.call_after_commit("upkeep", "fetch_recording", recording_id)
        tx.commit()


@job
def discard_recordings() -> None:
    """Have the carrier delete the recordings that nobody has kept."""
    gateway = context.gateway()
    unkept.discard_recordings(gateway.ports, carrier=gateway.carrier)


@job
def redact_texts() -> None:
    """Have the carrier empty the texts of residents."""
    gateway = context.gateway()
    redacting.redact_texts(gateway.ports, carrier=gateway.carrier)


@job
def fetch_missed() -> None:
    """Take in the texts that the carrier has and we have not, and send the answers."""
    gateway = context.gateway()
    missed.fetch_missed(gateway.ports, carrier=gateway.carrier, wording=gateway.wording)
    missed.send_late_replies(gateway.ports, carrier=gateway.carrier, urls=_urls(gateway))


@job
def sign_record() -> None:
    """Sign every stage of the record that is not signed yet, and once a day what has been added."""
    gateway = context.gateway()
    signing.sign_due(gateway.ports, record_origin(gateway.settings))


@job
def expire() -> None:
    """Forget what is past its time: recordings, numbers, reasons."""
    gateway = context.gateway()
    retention.expire(gateway.ports, retention_rules(gateway.settings), gateway.settings.data_dir / "recordings")


@job
def tell_systems() -> None:
    """Tell webhooks what has come onto the record, and again what they did not take."""
    gateway = context.gateway()
    telling.collect(gateway.ports)
    telling.send_due(gateway.ports, guard=webhook_guard(gateway.settings))


@job
def forget_day_keys() -> None:
    """Destroy the keys of days that are over, and what was sealed with them."""
    gateway = context.gateway()
    today = gateway.ports.clock.now().date()
    kept_from = today - timedelta(days=gateway.settings.text_days)
    gateway.ports.sealer.forget_before(kept_from)
    gateway.ports.call_sealer.forget_before(today - timedelta(days=CALL_KEY_DAYS))
    with gateway.ports.db.work() as tx:
        inbox.forget_before(tx, kept_from)
        tx.commit()
