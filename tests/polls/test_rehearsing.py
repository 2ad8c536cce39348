"""A rehearsal behaves like a poll and is never taken for one: in its number, its texts and calls, its record, its file."""

from __future__ import annotations

import json

import pytest

from gateway.kernel.errors import RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.messaging.model import Channel
from gateway.polls import closing, inviting
from gateway.polls.auditing import audit
from gateway.polls.model import REHEARSALS
from gateway.polls.publishing import published_poll
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.polls.village import Village, a_draft, a_village, an_open_poll, create_poll, vote_all


def a_rehearsal(ports: Ports, village: Village, wording: Wording) -> int:
    number = an_open_poll(ports, village, rehearsal=True)
    with ports.db.work() as tx:
        inviting.ask_for_votes(tx, number, at=ports.clock.now(), wording=wording)
        tx.commit()
    vote_all(ports, number, dict.fromkeys(village.people[:11], "yes"))
    closing.close_poll(number, ports=ports, wording=wording)
    return number


def test_rehearsals_have_numbers_that_no_real_poll_has(ports: Ports) -> None:
    village = a_village(ports)
    drafts = [a_draft(ports, village, rehearsal=rehearsal) for rehearsal in (False, True, False, True, False)]
    assert [create_poll(ports, draft) for draft in drafts] == [1, 9001, 2, 9002, 3]


def test_real_polls_pass_over_the_numbers_of_rehearsals(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.polls.store.polls.REHEARSALS", (3, 4))
    village = a_village(ports)
    real, practice = (a_draft(ports, village, rehearsal=rehearsal) for rehearsal in (False, True))
    assert [create_poll(ports, real) for _ in range(4)] == [1, 2, 5, 6]
    assert [create_poll(ports, practice) for _ in range(2)] == [3, 4]
    with pytest.raises(RuleError, match="rehearsals_used_up"):
        create_poll(ports, practice)


def test_rehearsal_says_so_in_every_message_and_on_the_record(ports: Ports, wording: Wording) -> None:
    number = a_rehearsal(ports, a_village(ports, 12), wording)
    assert REHEARSALS[0] <= number <= REHEARSALS[1]
    with ports.db.read() as conn:
        entries = {entry.kind: entry.data for entry in record.entries_about(conn, f"poll:{number}")}
        ids = [one.id for one in messaging.broadcasts(conn)]
        texts = [messaging.words(conn, one, Channel.TEXT) for one in ids]
        calls = [messaging.words(conn, one, Channel.CALL) for one in ids]
    assert entries["poll.opened"]["rehearsal"] is entries["poll.result"]["rehearsal"] is True
    assert len(ids) == 2
    for text, call in zip(texts, calls, strict=True):
        assert "演练" in text["zh"]
        assert "REHEARSAL" in text["en"]
        assert call["zh"].startswith("请注意，这是演练")
        assert call["en"].startswith("Please note: this is a rehearsal")


def test_rehearsal_counts_and_audits_like_a_poll(ports: Ports, wording: Wording) -> None:
    number = a_rehearsal(ports, a_village(ports, 12), wording)
    with ports.db.read() as conn:
        file = published_poll(conn, number)
    assert (file["result"]["rehearsal"], file["result"]["adopted"]) == (True, True)
    assert audit(json.dumps(file)).holds
