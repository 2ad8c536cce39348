"""Closing: what is published, recorded and sent, and when it is refused."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.kernel.errors import GatewayError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.polls import actions, closing, views
from gateway.polls.model import PollState, PollWording, Stage, Threshold, ThresholdBase
from gateway.record import tree
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.fakes import RecordingQueue, StillClock
from tests.polls.closings import COUNTS, a_voted_poll, check_closed, stage_of
from tests.polls.hazards import RECEIPTED, Hazard, Killed, hazardous
from tests.polls.village import a_draft, a_village, an_open_poll, create_poll, rows_of, vote_all


def test_closing_publishes_counts_choices_and_receipts(ports: Ports, wording: Wording) -> None:
    number, receipts = a_voted_poll(ports)
    result = closing.close_poll(number, ports=ports, wording=wording)
    check_closed(ports, number, result, receipts.values())
    assert (result.eligible, result.participants, result.winners, result.adopted) == (16, 10, ("yes",), True)
    with ports.db.read() as conn:
        assert views.result(conn, number) == result
        assert views.open_polls(conn, 1) == []


def test_result_is_json_as_machines_read_it(ports: Ports, wording: Wording) -> None:
    number, _ = a_voted_poll(ports, quorum=Fraction(2, 3))
    found = closing.close_poll(number, ports=ports, wording=wording).to_json()
    assert found == {
        "poll": number, "method": "yesno", "counting": "most", "question": "修村口的路吗?", "eligible": 16,
        "participants": 10, "present": 10,
        "counts": COUNTS, "winners": ["yes"], "tie": False, "tied": [],
        "tie_broken_between": [], "adopted": False,
        "threshold": {"of": "participants", "share": "1/2"}, "quorum": {"share": "2/3", "reached": False},
        "by_group": {}, "working": {}, "withheld": False, "rehearsal": False,
        "margin": 1, "outages": {
            "texts": 0, "calls": 0, "by_hour": {}, "down": [], "uncounted": False, "at_most": 0,
            "could_have_changed_the_outcome": False,
        },
    }  # fmt: skip


def test_closing_puts_on_record_what_anybody_can_check(ports: Ports, wording: Wording, tmp_path: Path) -> None:
    number, _ = a_voted_poll(ports)
    with pytest.raises(Killed):
        closing.close_poll(number, ports=hazardous(ports, tmp_path / "vault", Hazard(RECEIPTED)), wording=wording)
    rows = sorted((bytes(slot), bytes(sealed)) for _, slot, sealed in rows_of(ports, "ballot_box", number))
    closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        _, box, result = record.entries_about(conn, f"poll:{number}")
        receipts = list(views.receipts(conn, number))
        choices = [f"{salt} {choice} {group}" for salt, choice, group in views.choices(conn, number)]
    assert box.data["root"] == tree.root([tree.leaf_hash(slot + sealed) for slot, sealed in rows]).hex()
    assert (box.data["sealed"], box.data["participants"]) == (16, 10)
    assert result.data["counts"] == COUNTS
    for name, lines in (("receipts_sha256", receipts), ("choices_sha256", choices)):
        assert result.data[name] == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_receipt_is_counted_or_not_and_unknown_before_closing(ports: Ports, wording: Wording) -> None:
    number, receipts = a_voted_poll(ports)
    receipt = next(iter(receipts.values()))
    with ports.db.read() as conn, pytest.raises(RuleError) as refused:
        views.receipt_counted(conn, number, receipt)
    assert refused.value.code == "result_not_yet"
    closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        assert all(views.receipt_counted(conn, number, one) for one in receipts.values())
        wrong = f"{receipt[:-1]}{(int(receipt[-1]) + 1) % 10}"
        assert not views.receipt_counted(conn, number, wrong)
        assert not views.receipt_counted(conn, number, "")


def test_result_before_closing_is_refused(ports: Ports) -> None:
    number, _ = a_voted_poll(ports)
    with ports.db.read() as conn:
        for ask in (views.result, views.receipts, views.choices):
            with pytest.raises(RuleError) as refused:
                ask(conn, number)
            assert refused.value.code == "result_not_yet"


def test_draft_and_unknown_polls_are_not_closed(ports: Ports, wording: Wording) -> None:
    number = create_poll(ports, a_draft(ports, a_village(ports)))
    for which, code in ((number, "poll_not_open"), (99, "poll_unknown")):
        with pytest.raises(GatewayError) as refused:
            closing.close_poll(which, ports=ports, wording=wording)
        assert refused.value.code == code


def test_closing_twice_gives_the_first_result(ports: Ports, wording: Wording) -> None:
    number, receipts = a_voted_poll(ports)
    first = closing.close_poll(number, ports=ports, wording=wording)
    assert closing.close_poll(number, ports=ports, wording=wording) == first
    check_closed(ports, number, first, receipts.values())


def test_sweep_closes_what_is_due_and_nothing_else(ports: Ports, wording: Wording, clock: StillClock) -> None:
    number, _ = a_voted_poll(ports)
    closing.close_due(ports, wording)
    assert stage_of(ports, number)[0] is PollState.OPEN
    clock.advance(hours=3)
    closing.close_due(ports, wording)
    assert stage_of(ports, number) == (PollState.CLOSED, Stage.EMPTIED)


def test_poll_by_group_must_hold_in_every_group(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 18, groups=("一组", "二组", "一组"))
    number = an_open_poll(ports, village, by_group=True)
    second = village.people[1::3]
    votes = {person: "no" if person in [*second[:4], village.people[0]] else "yes" for person in village.people}
    vote_all(ports, number, votes)
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert result.counts == {"yes": 13, "no": 5, "abstain": 0}
    assert not result.adopted
    assert {name: (g.eligible, g.counts["yes"], g.adopted) for name, g in result.by_group.items()} == {
        "一组": (12, 11, True),
        "二组": (6, 2, False),
    }


def test_threshold_of_those_present_counts_people_who_did_not_vote(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 8)
    present = Threshold(ThresholdBase.PRESENT, Fraction(1, 2))
    number = an_open_poll(ports, village, threshold=present)
    vote_all(ports, number, dict.fromkeys(village.people[:3], "yes"))
    with ports.db.work() as tx:
        for person in village.people[3:6]:
            actions.mark_present(tx, number, person)
        tx.commit()
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert (result.present, result.participants, result.adopted) == (6, 3, False)


def test_single_choice_ends_in_a_reported_tie(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 15)
    words = {"": PollWording("先做哪样?", ("路", "井")), "en": PollWording("What first?", ("road", "well"))}
    number = an_open_poll(ports, village, options=["路", "井"], wording=words)
    vote_all(ports, number, dict(zip(village.people, ("1", "2", "1", "2", "abstain") * 2, strict=False)))
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert (result.counts, result.winners, result.is_tie, result.adopted) == (
        {"1": 4, "2": 4, "abstain": 2}, ("1", "2"), True, False,
    )  # fmt: skip


def test_poll_nobody_took_part_in_is_closed_too(ports: Ports, wording: Wording) -> None:
    number = an_open_poll(ports, a_village(ports))
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert (result.participants, result.winners, result.adopted) == (0, (), False)


def test_result_is_sent_to_everybody_after_the_commit(ports: Ports, wording: Wording, queue: RecordingQueue) -> None:
    number, _ = a_voted_poll(ports)
    closing.close_poll(number, ports=ports, wording=wording)
    assert [call[0] for call in queue.calls] == ["bulk"]
    with ports.db.read() as conn:
        (broadcast,) = messaging.broadcasts(conn)
        assert messaging.progress(conn, broadcast.id).total == 16


def test_unknown_poll_has_no_views(ports: Ports) -> None:
    with ports.db.read() as conn:
        for ask in (views.poll, views.result, views.turnout):
            with pytest.raises(NotFound):
                ask(conn, 7)
