"""Opening: terms are frozen and on the record, the envelopes are laid and shuffled, a crash leaves nothing behind."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import insert, text

from gateway.kernel.db import metadata
from gateway.kernel.errors import GatewayError, InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.polls import actions, views
from gateway.polls.model import (
    Counting,
    Method,
    PollState,
    PollWording,
    Threshold,
    ThresholdBase,
    TieRule,
    Turnout,
)
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.polls.village import a_draft, a_village, an_open_poll, create_poll, open_poll, rows_of, vote

MOST = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
SHARING = {"method": Method.BUDGET, "threshold": MOST, "budget": 10, "costs": (5, 6)}


def test_polls_are_numbered_through_the_installation(ports: Ports) -> None:
    villages = [a_village(ports, 1, code=code) for code in ("east", "westside")]
    assert [create_poll(ports, a_draft(ports, village)) for village in (*villages, *villages)] == [1, 2, 3, 4]


def test_open_poll_freezes_its_terms_under_a_hash_on_the_record(ports: Ports) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village, quorum=Fraction(1, 2))
    with ports.db.read() as conn:
        terms = views.frozen_terms(conn, number)
        poll = views.poll(conn, number)
        (entry,) = record.entries_about(conn, f"poll:{number}")
    assert terms is not None
    assert poll.frozen_sha256 == hashlib.sha256(terms.encode()).hexdigest() == entry.data["sha256"]
    assert (entry.kind, entry.data["electors"]) == ("poll.opened", 8)
    frozen = json.loads(terms)
    assert frozen["threshold"] == {"of": "participants", "share": "1/2"}
    assert frozen["quorum"] == "1/2"
    assert frozen["wording"][""]["question"] == "修村口的路吗?"


def test_open_poll_is_listed_until_its_closing_time(ports: Ports) -> None:
    village = a_village(ports)
    create_poll(ports, a_draft(ports, village))
    number = an_open_poll(ports, village)
    now = ports.clock.now()
    with ports.db.read() as conn:
        assert [poll.number for poll in views.open_polls(conn, village.id)] == [number]
        assert [poll.number for poll in views.open_polls(conn, village.id, now)] == [number]
        assert views.open_polls(conn, village.id, now + timedelta(hours=3)) == []
        assert views.open_polls(conn, village.id + 1) == []


def test_opening_lays_an_envelope_of_equal_length_for_everybody(ports: Ports) -> None:
    village = a_village(ports, 30)
    number = an_open_poll(ports, village)
    parts = {row[1]: row[4] for row in rows_of(ports, "participation", number)}
    assert set(parts) == set(village.people)
    assert len(set(parts.values())) == 30
    assert len({len(one) for one in parts.values()}) == 1
    assert rows_of(ports, "ballot_box", number) == []
    with ports.db.read() as conn:
        assert views.turnout(conn, number) == Turnout(30, 0, 0)


def test_parts_are_laid_out_in_no_order_of_the_roll(ports: Ports) -> None:
    if ports.db.is_sqlite:
        pytest.skip("SQLite keeps the parts by their key alone")
    village = a_village(ports, 200)
    an_open_poll(ports, village)
    with ports.db.read() as conn:
        people = list(conn.execute(text("SELECT resident_id FROM participation ORDER BY ctid")).scalars())
    assert abs(rank_correlation([village.people.index(one) for one in people])) < 0.25


def rank_correlation(ranks: list[int]) -> float:
    """Spearman's coefficient of `ranks` against the order they stand in."""
    size = len(ranks)
    return 1 - 6 * sum((place - rank) ** 2 for place, rank in enumerate(ranks)) / (size * (size**2 - 1))


def test_box_tables_have_no_row_id_in_sqlite(ports: Ports) -> None:
    if not ports.db.is_sqlite:
        pytest.skip("row ids are SQLite's")
    for table in ("ballot_box", "participation", "poll_choice", "poll_receipt"):
        with ports.db.read() as conn, pytest.raises(Exception, match="no such column: rowid"):
            conn.execute(text(f"SELECT rowid FROM {table}"))


def test_opening_that_broke_off_leaves_nothing_and_works_again(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    number = create_poll(ports, a_draft(ports, village))
    with ports.db.work() as tx:
        actions.open_poll(tx, number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        assert views.poll(conn, number).state is PollState.DRAFT
    assert rows_of(ports, "participation", number) == []
    open_poll(ports, number)
    assert vote(ports, number, village.people[0], "yes")


def test_opening_twice_is_refused_and_changes_nothing(ports: Ports) -> None:
    number = an_open_poll(ports, a_village(ports))
    before = rows_of(ports, "participation", number)
    with pytest.raises(RuleError) as refused:
        open_poll(ports, number)
    assert refused.value.code == "poll_already_opened"
    assert rows_of(ports, "participation", number) == before


def test_opening_after_the_closing_time_is_refused(ports: Ports, clock: StillClock) -> None:
    number = create_poll(ports, a_draft(ports, a_village(ports)))
    clock.advance(hours=3)
    with pytest.raises(RuleError) as refused:
        open_poll(ports, number)
    assert refused.value.code == "closing_time_past"


def test_opening_without_electors_is_refused(ports: Ports) -> None:
    village = a_village(ports, 1)
    with ports.db.work() as tx:
        tx.execute(metadata.tables["resident"].update().values(is_guest=True))
        tx.commit()
    with pytest.raises(RuleError) as refused:
        an_open_poll(ports, village)
    assert refused.value.code == "electorate_empty"


@pytest.mark.parametrize("groups", [("",), ("一组", ""), ("一组",)])
def test_opening_by_group_needs_a_group_for_everybody_and_two_at_least(ports: Ports, groups: tuple[str, ...]) -> None:
    village = a_village(ports, groups=groups)
    with pytest.raises(RuleError) as refused:
        an_open_poll(ports, village, by_group=True)
    assert refused.value.code == "poll_needs_groups"


def test_electorate_is_that_of_the_opening(ports: Ports) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village)
    with ports.db.work() as tx:
        newcomer = {"community_id": village.id, "code": "99999", "name": "新来", "language": "zh"}
        tx.execute(insert(metadata.tables["resident"]).values(newcomer))
        tx.commit()
        resident = tx.execute(text("SELECT max(id) FROM resident")).scalar_one()
    with ports.db.read() as conn:
        assert not views.is_elector(conn, number, resident)
        assert views.is_elector(conn, number, village.people[0])
    with pytest.raises(RuleError) as refused:
        vote(ports, number, resident, "yes")
    assert refused.value.code == "not_an_elector"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"wording": {"en": PollWording("A road?")}}, "poll_question_missing"),
        ({"wording": {"": PollWording(" ")}}, "poll_question_wrong"),
        ({"wording": {"": PollWording("路", ("修",))}}, "poll_options_wrong"),
        ({"method": Method.SINGLE}, "poll_options_wrong"),
        ({"options": ["甲"]}, "poll_options_wrong"),
        ({"options": ["甲", "甲"]}, "poll_translation_wrong"),
        ({"options": [str(i) for i in range(100)]}, "poll_options_wrong"),
        ({"max_choices": 1}, "poll_term_unfit"),
        ({"options": "ab", "method": Method.APPROVAL, "max_choices": 3}, "poll_max_choices_wrong"),
        ({"options": "ab", "method": Method.APPROVAL, "score_max": 3}, "poll_term_unfit"),
        ({"options": "ab", "method": Method.SCORE, "threshold": MOST, "score_max": 100}, "poll_score_max_wrong"),
        ({"options": "ab", "method": Method.SCORE}, "poll_threshold_unfit"),
        ({"options": "ab", "threshold": MOST, "by_group": True}, "poll_groups_need_threshold"),
        ({"options": "ab", "budget": 10}, "poll_term_unfit"),
        ({"options": "ab", "counting": Counting.IRV}, "poll_counting_unfit"),
        ({"options": "ab", "tie_rule": TieRule.LOT}, "poll_lot_source_missing"),
        ({"options": "ab", "lot_source": "dice"}, "poll_lot_source_missing"),
        ({"options": "ab", "method": Method.BUDGET, "threshold": MOST}, "poll_budget_missing"),
        ({"options": "ab", **SHARING, "costs": (1,)}, "poll_costs_wrong"),
        ({"options": "ab", **SHARING, "costs": (1, 0)}, "poll_costs_wrong"),
        ({"options": "ab", **SHARING, "exclusive": ((1, 3),)}, "poll_exclusive_wrong"),
        ({"options": ["甲", " "]}, "poll_option_wrong"),
        ({"wording": {"": PollWording("路"), "en": PollWording("Road", ("x",))}}, "poll_translation_wrong"),
        ({"threshold": Threshold(ThresholdBase.CAST, Fraction(3, 2))}, "share_unreadable"),
        ({"threshold": Threshold(ThresholdBase.CAST, Fraction(0))}, "poll_threshold_zero"),
        ({"quorum": Fraction(-1, 2)}, "share_unreadable"),
    ],
)
def test_draft_that_cannot_be_put_to_the_vote_is_refused(ports: Ports, terms: dict[str, object], code: str) -> None:
    village = a_village(ports)
    with pytest.raises(InputError) as refused:
        create_poll(ports, a_draft(ports, village, **terms))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_draft_that_is_over_already_or_of_no_community_is_refused(ports: Ports) -> None:
    village = a_village(ports)
    with pytest.raises(GatewayError) as refused:
        create_poll(ports, a_draft(ports, village, closes_at=ports.clock.now()))
    assert refused.value.code == "closing_time_past"
    with pytest.raises(NotFound):
        create_poll(ports, a_draft(ports, village, community_id=village.id + 1))
