"""Casting: one person one ballot, the last one counts, the same receipt always, nothing after closing time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.polls import actions, closing, views
from gateway.polls.model import Turnout
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.polls.village import a_draft, a_village, an_open_poll, create_poll, rows_of, vote, vote_all


def refusal(ports: Ports, number: int, resident: int, choice: str) -> str:
    before = rows_of(ports, "participation", number)
    with pytest.raises(GatewayError) as refused:
        vote(ports, number, resident, choice)
    assert rows_of(ports, "participation", number) == before
    return refused.value.code


def test_ballot_replaces_the_earlier_one_and_keeps_the_receipt(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 12)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people[1:11], "yes"))
    receipts = {vote(ports, number, village.people[0], choice) for choice in ("yes", "abstain", "no")}
    assert len(receipts) == 1
    with ports.db.read() as conn:
        assert views.turnout(conn, number) == Turnout(12, 11, 11)
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert result.counts == {"yes": 10, "no": 1, "abstain": 0}


def test_fifty_parallel_ballots_of_one_person_are_one_and_the_last_wins(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    options = [f"选项{i}" for i in range(9)]
    number = an_open_poll(ports, village, options=options)
    order: list[str] = []

    def cast(choice: str) -> str:
        with ports.db.work() as tx:
            receipt = actions.cast(tx, number, village.people[3], choice, ports=ports)
            # The rows are locked until the commit, so this is the order in which the ballots took effect.
            order.append(choice)
            tx.commit()
        return receipt

    with ThreadPoolExecutor(50) as threads:
        receipts = set(threads.map(cast, [str(i % 9 + 1) for i in range(50)]))
    assert len(receipts) == 1
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert result.participants == 1
    assert result.winners == (order[-1],)


def test_fifty_people_at_once_are_fifty_ballots(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 50)
    number = an_open_poll(ports, village)
    with ThreadPoolExecutor(50) as threads:
        receipts = set(threads.map(lambda one: vote(ports, number, one, "yes" if one % 2 else "no"), village.people))
    assert len(receipts) == 50
    odd = sum(one % 2 for one in village.people)
    assert closing.close_poll(number, ports=ports, wording=wording).counts == {"yes": odd, "no": 50 - odd, "abstain": 0}


def test_ballot_of_somebody_without_a_vote_is_refused(ports: Ports) -> None:
    village = a_village(ports)
    stranger = a_village(ports, 1, code="elsewhere").people[0]
    number = an_open_poll(ports, village)
    assert refusal(ports, number, stranger, "yes") == "not_an_elector"


@pytest.mark.parametrize("choice", ["3", "0", "yes", "", "1,2", "弃权", "10"])
def test_ballot_for_no_option_is_refused_without_naming_it(ports: Ports, choice: str) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village, options=["修路", "打井"])
    with pytest.raises(GatewayError) as refused:
        vote(ports, number, village.people[0], choice)
    assert (refused.value.code, refused.value.params) == ("no_such_option", {"poll": number})


def test_ballot_after_the_closing_time_is_refused_before_any_job_ran(ports: Ports, clock: StillClock) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    clock.advance(hours=3, seconds=-1)
    vote(ports, number, village.people[0], "yes")
    clock.advance(seconds=1)
    assert refusal(ports, number, village.people[0], "no") == "poll_not_open"


def test_ballot_for_a_draft_a_closed_or_an_unknown_poll_is_refused(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    draft = create_poll(ports, a_draft(ports, village))
    closed = an_open_poll(ports, village)
    closing.close_poll(closed, ports=ports, wording=wording)
    person = village.people[0]
    assert refusal(ports, draft, person, "yes") == "poll_not_open"
    assert refusal(ports, closed, person, "yes") == "poll_not_open"
    assert refusal(ports, 99, person, "yes") == "poll_unknown"


@pytest.mark.parametrize("key", ["slot", "box"])
def test_ballot_is_refused_when_a_key_is_lost(ports: Ports, key: str) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    ports.vault.destroy(f"poll-{number}/{key}")
    assert refusal(ports, number, village.people[0], "yes") == "poll_keys_lost"


def test_ballot_that_is_not_committed_is_none(ports: Ports) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    before = rows_of(ports, "participation", number)
    with ports.db.work() as tx:
        actions.cast(tx, number, village.people[0], "yes", ports=ports)
    assert rows_of(ports, "participation", number) == before
    with ports.db.read() as conn:
        assert views.turnout(conn, number).participants == 0


def test_presence_counts_people_who_are_there_without_voting(ports: Ports) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people[:2], "yes"))
    with ports.db.work() as tx:
        for person in village.people[1:4]:
            actions.mark_present(tx, number, person)
        tx.commit()
    vote(ports, number, village.people[3], "no")
    with ports.db.read() as conn:
        assert views.turnout(conn, number) == Turnout(8, 3, 4)


def test_presence_of_a_stranger_or_in_a_closed_poll_is_refused(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    with ports.db.work() as tx, pytest.raises(GatewayError) as refused:
        actions.mark_present(tx, number, 999)
    assert refused.value.code == "not_an_elector"
    closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.work() as tx, pytest.raises(GatewayError) as refused:
        actions.mark_present(tx, number, village.people[0])
    assert refused.value.code == "poll_not_open"
