"""The engine: what a key, a silence or a recording leads to."""

from __future__ import annotations

import json
import random

import pytest

from ivr_flows.engine import enter, resume, start
from ivr_flows.loader import read_flow
from ivr_flows.model import Flow, Value
from ivr_flows.session import (
    Effect,
    Event,
    HangUp,
    JoinRoom,
    Keys,
    Left,
    Listen,
    Outcome,
    Recorded,
    RecordSound,
    Silence,
    Turn,
    session_from_data,
)
from tests.ivr_flows.menus import SMALL, small_flow


@pytest.fixture
def flow() -> Flow:
    return small_flow()


def _play(flow: Flow, *events: Event | str, **values: Value) -> Turn:
    turn = start(flow, values)
    for event in events:
        turn = resume(flow, turn.session, Keys(event) if isinstance(event, str) else event)
    return turn


def _said(turn: Turn) -> list[str]:
    return [prompt.key for prompt in turn.prompts]


def _at_list(flow: Flow, items: list[int], *keys: str) -> Turn:
    return _play(flow, "1", Outcome("some", {"items": items}), *keys)


def test_start_says_everything_up_to_the_first_question(flow: Flow) -> None:
    turn = _play(flow)
    assert _said(turn) == ["greet", "top", "go.list", "go.code", "go.record"]
    assert turn.then == Listen(1, "", 10, 4)
    assert [prompt.values.get("key") for prompt in turn.prompts[2:]] == ["1", "2", "3"]


def test_choice_is_offered_only_when_its_value_is_true(flow: Flow) -> None:
    assert "go.secret" in _said(_play(flow, insider=True))
    assert isinstance(_play(flow, "4", insider=True).then, HangUp)
    assert _said(_play(flow, "4"))[0] == "again.one"


def test_session_survives_json(flow: Flow) -> None:
    session = _at_list(flow, [1, 2, 3]).session
    assert session_from_data(json.loads(json.dumps(session.to_data()))) == session


def test_nine_repeats_and_star_goes_back(flow: Flow) -> None:
    assert _said(_at_list(flow, [1, 2], "9")) == ["list", "item", "item"]
    assert _at_list(flow, [1, 2], "*").session.node == "top"
    assert _at_list(flow, [1, 2], "1", "*").session.node == "list"
    assert _play(flow, "*").session.node == "top"


def test_zero_leads_to_a_person_from_everywhere(flow: Flow) -> None:
    for keys in ([], ["2"]):
        assert _play(flow, *keys, "0").then == Effect("person")
    assert _at_list(flow, [1, 2], "0").then == Effect("person")


def test_silence_and_wrong_keys_are_asked_again_three_times_each_differently(flow: Flow) -> None:
    turn, first = _play(flow), []
    for event in (Silence(), Keys("7"), Silence()):
        turn = resume(flow, turn.session, event)
        first.append((_said(turn)[0], turn.pace))
    assert first == [("again.one", 1), ("again.two", 2), ("again.three", 3)]
    turn = resume(flow, turn.session, Silence())
    assert _said(turn) == ["lost", "call_me"]


def test_silence_never_ends_in_a_bare_hang_up(flow: Flow) -> None:
    turn = _play(flow)
    while not isinstance(turn.then, HangUp):
        turn = resume(flow, turn.session, Silence())
    assert _said(turn) == ["bye"]
    assert turn.session.step == 6


def test_right_key_forgives_earlier_wrong_ones(flow: Flow) -> None:
    turn = _play(flow, "7", "7", "2", "*", "7")
    assert _said(turn)[0] == "again.one"


def test_any_other_key_at_a_confirmation_drops_the_choice(flow: Flow) -> None:
    for key in ("2", "7"):
        turn = _at_list(flow, [1, 2], "1", key)
        assert _said(turn)[:2] == ["dropped", "list"]
        assert "picked" not in turn.session.values


def test_stray_hash_at_a_menu_is_forgiven_and_the_menu_said_again(flow: Flow) -> None:
    """It ends a number that needed no end, and has cut short what was being said."""
    turn = _at_list(flow, list(range(1, 11)), "10", "#")
    assert (turn.session.node, turn.session.values["picked"]) == ("confirm", 10)
    assert _said(turn) == ["read_back", "confirm"]


def test_confirmation_does_not_accept_keys_pressed_ahead(flow: Flow) -> None:
    turn = _at_list(flow, [1, 2], "111")
    assert (turn.session.node, turn.session.ahead) == ("confirm", "")


def test_confirmation_says_the_choice_only_once(flow: Flow) -> None:
    turn = resume(flow, _at_list(flow, [1, 2], "1").session, Silence())
    assert _said(turn) == ["again.one", "still_there", "confirm"]


def test_effect_forgets_what_it_was_told_to(flow: Flow) -> None:
    turn = _at_list(flow, [1, 2], "2", "1")
    assert turn.then == Effect("save")
    assert turn.session.values["picked"] == 2
    turn = resume(flow, turn.session, Outcome("saved"))
    assert "picked" not in turn.session.values
    assert resume(flow, turn.session, Keys("*")).session.node == "top"


def test_keys_pressed_ahead_walk_through_several_menus(flow: Flow) -> None:
    turn = _play(flow, "2123#")
    assert turn.then == Effect("check")
    assert turn.session.values["code"] == "123"


def test_keys_pressed_ahead_wait_for_an_effect(flow: Flow) -> None:
    turn = resume(flow, _play(flow, "12").session, Outcome("some", {"items": [1, 2]}))
    assert (turn.session.node, turn.session.values["picked"]) == ("confirm", 2)


def test_collected_digits_end_with_hash_or_at_the_most(flow: Flow) -> None:
    assert _play(flow, "2", "123").session.values["code"] == "123"
    assert _play(flow, "2", "123#").session.values["code"] == "123"
    assert _play(flow, "2", "12345").session.values["code"] == "12345"
    assert _play(flow, "2").then == Listen(5, "#", 10, 4)


def test_collecting_hears_a_lone_nine_zero_or_star_as_everywhere(flow: Flow) -> None:
    assert _said(_play(flow, "2", "9")) == ["code"]
    assert _play(flow, "2", "0").then == Effect("person")
    assert _play(flow, "2", "12*").session.node == "top"
    assert _play(flow, "2", "900").session.values["code"] == "900"


def test_too_few_digits_are_asked_for_again(flow: Flow) -> None:
    assert _said(_play(flow, "2", "12")) == ["again.one", "code_short"]


def test_wrong_outcome_asks_again_in_its_own_words_and_counts(flow: Flow) -> None:
    turn = _play(flow, "2")
    for _ in range(3):
        turn = resume(flow, resume(flow, turn.session, Keys("123")).session, Outcome("wrong"))
        assert _said(turn) == ["wrong", "code_short"]
    turn = resume(flow, resume(flow, turn.session, Keys("123")).session, Outcome("wrong"))
    assert _said(turn) == ["wrong", "lost", "call_me"]


def test_recording_is_kept_by_name_and_length(flow: Flow) -> None:
    assert _play(flow, "3").then == RecordSound(60)
    turn = _play(flow, "3", Recorded("RE1", 12))
    assert (turn.session.values["sound"], turn.session.values["sound_seconds"]) == ("RE1", 12)


def test_short_recording_is_asked_for_again_three_times(flow: Flow) -> None:
    turn = _play(flow, "3")
    for _ in range(4):
        turn = resume(flow, resume(flow, turn.session, Recorded("", 0)).session, Outcome("short"))
    assert _said(turn)[0] == "too_short"
    assert turn.session.node == "lost"


def test_short_list_is_one_page(flow: Flow) -> None:
    assert _said(_at_list(flow, [1, 2, 3, 4])) == ["list", "item", "item", "item", "item"]


def test_long_list_has_pages_and_options_keep_their_numbers(flow: Flow) -> None:
    turn = _at_list(flow, [1, 2, 3, 4, 5])
    assert _said(turn) == ["list", "item", "item", "item", "more"]
    turn = resume(flow, turn.session, Keys("#"))
    assert _said(turn) == ["item", "item", "more"]
    assert [prompt.values.get("number") for prompt in turn.prompts if prompt.key == "item"] == [4, 5]
    assert resume(flow, turn.session, Keys("1")).session.values["picked"] == 1
    assert [p.values.get("number") for p in resume(flow, turn.session, Keys("#")).prompts if p.key == "item"] == [
        1,
        2,
        3,
    ]


def test_list_beyond_eight_takes_two_keys_and_nine_still_repeats(flow: Flow) -> None:
    items = list(range(1, 11))
    assert _at_list(flow, items).then == Listen(2, "", 10, 4)
    assert "long_item" in _said(_at_list(flow, items))
    assert _said(_at_list(flow, items, "9"))[0] == "list"
    for keys, number in (("9#", 9), ("10", 10), ("1", 1), ("1#", 1), ("8", 8)):
        assert _at_list(flow, items, keys).session.values["picked"] == number
    assert _at_list(flow, items, "0").then == Effect("person")
    assert _at_list(flow, items, "*").session.node == "top"
    assert _said(_at_list(flow, items, "77"))[0] == "again.one"


def test_number_that_is_not_offered_is_asked_again(flow: Flow) -> None:
    assert _said(_at_list(flow, [1, 2], "5"))[0] == "again.one"


def test_call_ends_politely_after_its_most_turns(flow: Flow) -> None:
    turn, steps = _play(flow), 0
    while not isinstance(turn.then, HangUp):
        turn, steps = resume(flow, turn.session, Keys("9")), steps + 1
    assert steps == 31
    assert _said(turn) == ["bye"]


def test_answers_are_counted_afresh_when_something_is_finished(flow: Flow) -> None:
    turn = _play(flow, *["9"] * 25)
    for event in (Keys("1"), Outcome("some", {"items": [1, 2]}), Keys("1"), Keys("1"), Outcome("saved")):
        turn = resume(flow, turn.session, event)
    assert turn.session.since == turn.session.step == 28
    steps = 0
    while not isinstance(turn.then, HangUp):
        turn, steps = resume(flow, turn.session, Keys("9")), steps + 1
    assert steps == 31


def test_call_ends_however_much_is_finished(flow: Flow) -> None:
    turn = _play(flow)
    save = (Keys("1"), Outcome("some", {"items": [1, 2]}), Keys("1"), Keys("1"), Outcome("saved"))
    while not isinstance(turn.then, HangUp):
        for event in save:
            turn = turn if isinstance(turn.then, HangUp) else resume(flow, turn.session, event)
    assert turn.session.step == 5 * flow.turns + 1


def test_event_that_does_not_fit_counts_as_silence(flow: Flow) -> None:
    assert _said(_play(flow, Recorded("RE1", 9)))[0] == "again.one"
    assert _said(_play(flow, "ABCD"))[0] == "again.one"
    assert _said(_play(flow, "3", "1"))[0] == "again.one"


def test_nonsense_of_any_length_never_breaks_the_engine(flow: Flow) -> None:
    dice = random.Random(7)
    for _ in range(500):
        turn = start(flow, {"insider": dice.random() < 0.5})
        while not isinstance(turn.then, HangUp):
            if isinstance(turn.then, Effect):
                names = list(flow.nodes[turn.session.node].outcomes)  # type: ignore[attr-defined]
                event: Event = Outcome(dice.choice(names), {"items": list(range(1, dice.randint(1, 12)))})
            else:
                keys = "".join(dice.choices("0123456789*#A²", k=dice.choice([0, 1, 1, 1, 2, 5, 500])))
                event = dice.choice([Keys(keys), Silence(), Recorded("RE1", dice.randint(0, 60))])
            turn = resume(flow, turn.session, event)
        assert turn.session.step <= flow.turns + 1


@pytest.mark.parametrize(("may_speak", "heard"), [(True, True), (False, False), (None, False)])
def test_call_joins_a_room_and_goes_on_when_it_is_left(may_speak: Value, heard: bool) -> None:
    room = """  room:
    say: [go.list]
    join: {room: name, heard: may_speak}
    to: bye
"""
    flow = read_flow(SMALL.replace("  bye:\n", f"{room}  bye:\n"), "small.yaml")
    turn = enter(flow, start(flow, {"name": "r1", "may_speak": may_speak}).session, "room")
    assert (_said(turn), turn.then) == (["go.list"], JoinRoom("r1", heard))
    assert resume(flow, turn.session, Left()).then == HangUp()
