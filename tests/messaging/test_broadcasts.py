"""Starting a broadcast: who gets what by which way, who gets none and why; pause, resume, abort, stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gateway.carriers.port import OutgoingCall, OutgoingText, ReportedStatus
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import actions, sending, views
from gateway.messaging.model import BroadcastDraft, BroadcastState, Everybody, Rates
from gateway.roll.actions import remove_resident, set_stop
from gateway.roll.model import Channel, StopKind
from tests.fakes import RecordingQueue, ScriptedCarrier, StillClock
from tests.messaging.village import (
    CALLS,
    TEXTS,
    add_people,
    add_village,
    attempts,
    counts,
    hear,
    number_of,
    outbox_rows,
    progress,
    report,
    send,
    start,
)

EVENING = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 23:00 in the village
MORNING = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # 7:00 there


def _move(ports: Ports, action: Callable[..., None], broadcast_id: int) -> None:
    with ports.db.work() as tx:
        action(tx, broadcast_id)
        tx.commit()


def test_broadcast_chooses_channel_and_words_for_each_person(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports, languages=("zh", "en"))
    caller = add_people(ports, village, 1, channel=Channel.CALL)
    english = add_people(ports, village, 1, language="en")
    other = add_people(ports, village, 1, language="mn")
    start(ports, village, [*caller, *english, *other])
    assert send(ports, carrier) == 3
    by_number = {item.to: item for item in carrier.sent}
    call = by_number[number_of(caller[0])]
    assert isinstance(call, OutgoingCall)
    text, fallback = by_number[number_of(english[0])], by_number[number_of(other[0])]
    assert isinstance(text, OutgoingText) and isinstance(fallback, OutgoingText)
    assert (text.body, fallback.body) == (TEXTS["en"], TEXTS["zh"])
    assert call.answer_url.startswith("https://gateway.example/twilio/voice/outbound?a=")


def test_broadcast_leaves_out_who_stopped_or_has_no_telephone(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 2)
    stopped = add_people(ports, village, 1, stopped=StopKind.BROADCASTS)
    silent = add_people(ports, village, 1, stopped=StopKind.EVERYTHING)
    refusing = add_people(ports, village, 1, consent=False)
    without = add_people(ports, village, 1, phones=0)
    key = start(ports, village, [*people, *stopped, *silent, *refusing, *without])
    assert send(ports, carrier) == 2
    assert counts(ports, key) == (0, 2, 1, 3)
    assert [one.reason for one in progress(ports, key).unreached_people] == ["no_phone"]


def test_broadcast_asked_for_by_the_person_goes_out_at_night_to_who_stopped_broadcasts(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock, queue: RecordingQueue
) -> None:
    clock.at = EVENING
    village = add_village(ports)
    person = add_people(ports, village, 1, stopped=StopKind.BROADCASTS)
    start(ports, village, person, urgent=True)
    assert queue.calls == [("urgent", "send_urgent", ())]
    assert send(ports, carrier) == 0
    assert send(ports, carrier, "urgent") == 1


def test_broadcast_counts_each_person_once_and_ignores_who_left(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 2)
    with ports.db.work() as tx:
        remove_resident(tx, people[1], reason="moved", by="clerk", at=ports.clock.now())
        tx.commit()
    key = start(ports, village, [*people, people[0], 999_999])
    assert counts(ports, key) == (0, 1, 0, 0)


def test_broadcast_to_everybody_is_for_the_whole_roll_of_its_community_alone(
    ports: Ports, carrier: ScriptedCarrier
) -> None:
    village, other = add_village(ports), add_village(ports, "shitan", None)
    people = [*add_people(ports, village, 2), *add_people(ports, village, 1, phones=0)]
    gone = add_people(ports, village, 1)
    add_people(ports, other, 1)
    with ports.db.work() as tx:
        remove_resident(tx, gone[0], reason="moved", by="clerk", at=ports.clock.now())
        tx.commit()
    key = start(ports, village, Everybody.ON_THE_ROLL)
    assert (send(ports, carrier), counts(ports, key)) == (2, (0, 2, 1, 0))
    assert {item.to for item in carrier.sent} == {number_of(one) for one in people[:2]}


def test_broadcast_without_words_is_refused(ports: Ports) -> None:
    village = add_village(ports)
    for texts, calls in (({}, {}), ({"zh": " "}, CALLS)):
        with pytest.raises(InputError) as refused:
            start(ports, village, [], texts=texts, calls=calls)
        assert refused.value.code == "broadcast_empty"


def test_broadcast_for_calls_alone_calls_everybody(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 2), texts={})
    assert send(ports, carrier) == 2
    assert all(isinstance(item, OutgoingCall) for item in carrier.sent)


def test_broadcast_waits_for_the_hours_of_the_village(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    clock.at = EVENING
    village = add_village(ports)
    people = add_people(ports, village, 1) + add_people(ports, village, 1, channel=Channel.CALL)
    start(ports, village, people)
    assert send(ports, carrier) == 0
    clock.at = MORNING
    assert send(ports, carrier) == 1
    clock.advance(minutes=59)
    assert send(ports, carrier) == 0
    clock.advance(minutes=1)
    assert send(ports, carrier) == 1
    assert isinstance(carrier.sent[1], OutgoingCall)


def test_broadcast_due_in_the_day_but_sent_at_night_waits_too(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 1))
    clock.at = EVENING
    assert send(ports, carrier) == 0
    clock.at = MORNING
    assert send(ports, carrier) == 1


def test_broadcast_paused_sends_nothing_until_resumed(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 3))
    _move(ports, actions.pause, key)
    assert send(ports, carrier) == 0
    assert progress(ports, key).state is BroadcastState.PAUSED
    _move(ports, actions.resume, key)
    assert send(ports, carrier) == 3


def test_broadcast_aborted_holds_what_has_not_gone_out_and_plans_no_fallback(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    early = add_people(ports, village, 1)
    late = add_people(ports, village, 1, channel=Channel.CALL)
    clock.at = MORNING
    key = start(ports, village, early + late)
    assert send(ports, carrier) == 1
    _move(ports, actions.abort, key)
    assert counts(ports, key) == (0, 1, 0, 1)
    report(ports, carrier, 0, ReportedStatus.FAILED)
    clock.advance(hours=5)
    sending.sweep(ports)
    assert send(ports, carrier) == 0
    assert counts(ports, key) == (0, 0, 0, 2)


def test_broadcast_moves_only_as_it_may(ports: Ports) -> None:
    key = start(ports, add_village(ports), [])
    for action, code in ((actions.resume, "broadcast_not_paused"), (actions.abort, ""), (actions.abort, "broadcast_over"),
                         (actions.pause, "broadcast_not_sending")):  # fmt: skip
        if not code:
            _move(ports, action, key)
            continue
        with pytest.raises(RuleError) as refused:
            _move(ports, action, key)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        _move(ports, actions.pause, key + 1)


def test_stop_word_cancels_what_waits_and_every_fallback(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    person = add_people(ports, village, 1)
    first = start(ports, village, person)
    send(ports, carrier)
    second = start(ports, village, person)
    with ports.db.work() as tx:
        set_stop(tx, person[0], StopKind.BROADCASTS)
        actions.cancel_for(tx, person[0])
        tx.commit()
    clock.advance(minutes=20)
    sending.sweep(ports)
    assert send(ports, carrier) == 0
    assert counts(ports, first) == counts(ports, second) == (0, 0, 0, 1)
    # The text that was already out may still arrive.
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    assert counts(ports, first) == (1, 0, 0, 0)


def test_preview_says_what_would_happen_and_does_nothing(ports: Ports) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 2) + add_people(ports, village, 1, channel=Channel.CALL)
    people += add_people(ports, village, 1, phones=0) + add_people(ports, village, 1, stopped=StopKind.BROADCASTS)
    draft = BroadcastDraft(village, "notice", "", {"zh": "中" * 71}, CALLS, people)
    with ports.db.read() as conn:
        found = views.preview(conn, draft, at=ports.clock.now(), usual=Rates(1, 1, 1))
        assert (found.people, found.texts, found.calls, found.segments) == (5, 2, 1, 4)
        assert found.left_out == {"no_phone": 1, "stopped": 1}
        assert views.broadcasts(conn) == []


def test_call_says_its_script_while_it_is_wanted(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    person = add_people(ports, village, 1, channel=Channel.CALL, language="mn")
    start(ports, village, person, subject="poll:3")
    send(ports, carrier)
    attempt_id = outbox_rows(ports)[0].id
    with ports.db.read() as conn:
        script = views.call_script(conn, attempt_id)
        assert script is not None
        assert (script.language, script.text, script.subject) == ("zh", CALLS["zh"], "poll:3")
        assert (script.resident_id, script.community_id) == (person[0], village)
        assert views.call_script(conn, attempt_id + 1) is None
    hear(ports, carrier.sent[0])
    with ports.db.read() as conn:
        assert views.call_script(conn, attempt_id) is None


def test_broadcast_lists_and_counts_for_operators(ports: Ports, carrier: ScriptedCarrier) -> None:
    village, other = add_village(ports), add_village(ports, "shitan", line=None)
    start(ports, village, add_people(ports, village, 2))
    start(ports, other, add_people(ports, other, 1))
    with ports.db.read() as conn:
        assert [one.community_id for one in views.broadcasts(conn)] == [other, village]
        assert [one.community_id for one in views.broadcasts(conn, village)] == [village]
        assert views.counts_by_state(conn) == {"ready": 3}


@pytest.mark.one_database
def test_broadcast_to_20_000_people_grows_with_their_number(ports: Ports, figure: Callable[[str], None]) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 20_000)
    started = time.perf_counter()
    start(ports, village, people)
    seconds = time.perf_counter() - started
    assert len(attempts(ports)) == 20_000
    figure(f"{20_000 / seconds:,.0f} outbox rows/s on {ports.db.engine.dialect.name}")
