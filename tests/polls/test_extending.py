"""The end of an open poll may be moved as its frozen terms say: later, with a reason, on the record, told to all."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from gateway.kernel.errors import InputError, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.segments import count_segments
from gateway.polls import extending, views
from gateway.polls.auditing import audit
from gateway.polls.closing import close_due, close_poll
from gateway.polls.publishing import published_poll
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.conversation.texting import rows
from tests.fakes import StillClock
from tests.polls.village import Village, a_village, an_open_poll, vote

REASON = "周二晚上停电"


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 12)


def _extend(ports: Ports, poll: int, wording: Wording, hours: float, reason: str = REASON) -> None:
    with ports.db.work() as tx:
        until = views.poll(tx.connection, poll).closes_at + timedelta(hours=hours)
        extending.extend_poll(tx, poll, until, reason, at=ports.clock.now(), wording=wording)
        tx.commit()


def test_extended_poll_stays_open_until_its_new_end_and_says_so_to_all(
    ports: Ports, village: Village, wording: Wording, clock: StillClock
) -> None:
    poll = an_open_poll(ports, village)
    vote(ports, poll, village.people[0], "yes")
    _extend(ports, poll, wording, 5)
    clock.advance(hours=4)
    close_due(ports, wording)
    vote(ports, poll, village.people[1], "no")
    clock.advance(hours=5)
    close_due(ports, wording)
    with ports.db.read() as conn:
        assert views.result(conn, poll).participants == 2
        [entry] = [one for one in record.entries_about(conn, f"poll:{poll}") if one.kind == "poll.extended"]
        found = audit(json.dumps(published_poll(conn, poll)))
    assert entry.data["reason"] == REASON
    assert entry.data["was"] < entry.data["closes_at"]  # type: ignore[operator]
    assert found.holds
    told = [row for row in rows(ports, "broadcast") if row["kind"] == "poll.extended"]
    assert len(told) == 1
    bodies = [row["body"] for row in rows(ports, "broadcast_text") if row["broadcast_id"] == told[0]["id"]]
    assert sum(REASON in body for body in bodies) == 2 * len(wording.languages)
    assert all(count_segments(body).segments <= 2 for body in bodies if body.startswith(("【", "[")))


def test_audit_finds_an_extension_that_is_not_in_the_record(ports: Ports, village: Village, wording: Wording) -> None:
    poll = an_open_poll(ports, village)
    _extend(ports, poll, wording, 5)
    close_poll(poll, ports=ports, wording=wording)
    with ports.db.read() as conn:
        file = published_poll(conn, poll)
    for entry in file["record"]:
        if entry["kind"] == "poll.extended":
            entry["data"]["reason"] = "别的原因"
    assert not audit(json.dumps(file)).holds


@pytest.mark.parametrize(
    ("hours", "reason", "code"),
    [
        (0, REASON, "extension_not_later"),
        (-1, REASON, "extension_not_later"),
        (24.1, REASON, "extension_too_far"),
        (5, "  ", "extension_reason_wrong"),
        (5, "找张三 138 0013 8000", "extension_reason_wrong"),
        (5, "长" * 41, "extension_reason_wrong"),
    ],
)
def test_extension_is_refused(
    ports: Ports, village: Village, wording: Wording, hours: float, reason: str, code: str
) -> None:
    poll = an_open_poll(ports, village, extension_hours=24)
    with pytest.raises((InputError, RuleError)) as refused:
        _extend(ports, poll, wording, hours, reason)
    assert refused.value.code == code


def test_extensions_together_go_no_further_than_the_terms_let_them(
    ports: Ports, village: Village, wording: Wording
) -> None:
    poll = an_open_poll(ports, village, extension_hours=24)
    _extend(ports, poll, wording, 20)
    with pytest.raises(RuleError, match="extension_too_far"):
        _extend(ports, poll, wording, 5)
    with pytest.raises(RuleError, match="extension_too_far"):
        _extend(ports, an_open_poll(ports, village, extension_hours=0), wording, 1)


def test_poll_that_is_over_is_not_extended(ports: Ports, village: Village, wording: Wording, clock: StillClock) -> None:
    poll = an_open_poll(ports, village)
    clock.advance(hours=3)
    with pytest.raises(RuleError, match="poll_not_open"):
        _extend(ports, poll, wording, 5)
