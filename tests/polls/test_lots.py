"""The lot that breaks a tie: once, on the record, and the same for everybody who draws it again."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest

from gateway.kernel.errors import InputError, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.segments import count_segments
from gateway.polls import closing, views
from gateway.polls.announcing import outcome_in_words
from gateway.polls.auditing import audit
from gateway.polls.lots import chosen_by_lot, draw_lot
from gateway.polls.model import Method, Threshold, ThresholdBase, TieRule
from gateway.polls.publishing import published_poll
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.conversation.texting import rows
from tests.polls.village import a_village, an_open_poll, vote_all

MOST = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
LOT = {"options": "ABC", "threshold": MOST, "tie_rule": TieRule.LOT, "lot_source": "the lottery of 1 December"}


def a_tied_poll(ports: Ports, wording: Wording, **terms: object) -> int:
    village = a_village(ports, 12)
    number = an_open_poll(ports, village, **{**LOT, **terms})
    vote_all(ports, number, {who: "12"[at % 2] for at, who in enumerate(village.people)})
    closing.close_poll(number, ports=ports, wording=wording)
    return number


def draw(ports: Ports, number: int, seed: str, wording: Wording) -> tuple[str, ...]:
    with ports.db.work() as tx:
        chosen = draw_lot(tx, number, seed, at=ports.clock.now() + timedelta(days=1), wording=wording)
        tx.commit()
    return chosen


def test_lot_is_drawn_once_and_stands_on_the_record(ports: Ports, wording: Wording) -> None:
    number = a_tied_poll(ports, wording)
    chosen = draw(ports, number, " 03 11  17 22 ", wording)
    with ports.db.read() as conn:
        *_, entry = record.entries_about(conn, f"poll:{number}")
        poll, result = views.poll(conn, number), views.result(conn, number)
    assert (entry.kind, entry.data["seed"], entry.data["chosen"]) == ("poll.lot", "03 11 17 22", list(chosen))
    assert entry.data["source"] == "the lottery of 1 December"
    assert chosen_by_lot(poll, result, entry.data["seed"]) == chosen
    with pytest.raises(RuleError, match="poll_lot_drawn"):
        draw(ports, number, "another", wording)
    firsts = Counter(chosen_by_lot(poll, result, f"{n}")[0] for n in range(400))
    assert set(firsts) == {"1", "2"}
    assert min(firsts.values()) > 150


def test_lot_is_told_in_text_and_call_with_the_source_that_was_fixed(ports: Ports, wording: Wording) -> None:
    number = a_tied_poll(ports, wording)
    before = [row["id"] for row in rows(ports, "broadcast")]
    (chosen,) = draw(ports, number, "03 11 17 22", wording)
    [told] = [row for row in rows(ports, "broadcast") if row["id"] not in before]
    bodies = {(row["channel"], row["language"]): row["body"] for row in rows(ports, "broadcast_text")
              if row["broadcast_id"] == told["id"] and row["channel"] in ("text", "call")}  # fmt: skip
    for (channel, language), body in bodies.items():
        assert f"{chosen}号" in body or f"{chosen}號" in body or f"chosen {chosen}" in body or f"chose {chosen}" in body
        assert channel == "text" or "the lottery of 1 December" in body, language
        assert channel == "call" or count_segments(body).segments <= 2
    with ports.db.read() as conn:
        poll, result = views.poll(conn, number), views.result(conn, number)
        file = json.dumps(published_poll(conn, number))
    assert result.lot is not None
    assert result.to_json()["lot"]["seed"] == "03 11 17 22"
    assert "the lottery of 1 December" in outcome_in_words(poll, result, "en", wording=wording)
    assert audit(file).holds


def test_lot_of_a_budget_pays_in_its_order_for_what_fits(ports: Ports, wording: Wording) -> None:
    terms = {"method": Method.BUDGET, "costs": (60, 60, 10), "budget": 100}
    number = a_tied_poll(ports, wording, **terms)
    assert len(draw(ports, number, "seed", wording)) == 1


def test_lot_is_refused_where_there_is_nothing_to_draw(ports: Ports, wording: Wording) -> None:
    untied = a_tied_poll(ports, wording, tie_rule=TieRule.ORDER, lot_source="")
    with pytest.raises(RuleError, match="poll_no_tie"):
        draw(ports, untied, "seed", wording)
    with pytest.raises(InputError, match="lot_seed_wrong"):
        draw(ports, untied, "  ", wording)
