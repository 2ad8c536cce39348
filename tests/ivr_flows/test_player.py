"""The terminal telephone plays a menu without an installation."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.wording.catalogue import Wording
from ivr_flows.loader import load_flows, menu_files
from ivr_flows.player import play
from tests.ivr_flows.menus import small_flow


def _play(typed: Iterable[str]) -> list[str]:
    answers, heard = iter(typed), []

    def ask(text: str) -> str:
        heard.append(text)
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    play(small_flow(), {"greet": "Good day, {name}."}, ask=ask, show=heard.append)
    return heard


def test_player_asks_for_keys_and_for_outcomes() -> None:
    heard = _play(["2", "1234", "right"])
    assert heard[0] == "Good day, ‹name›."
    assert "[check: right, wrong]" in heard
    assert heard[-1] == "‹bye›"


def test_player_takes_nothing_typed_as_silence_and_an_end_as_hanging_up() -> None:
    assert _play([""])[-2:] == ["‹go.record›", "(1)"]
    assert "‹again.one›" in _play([""])


def test_menus_of_the_product_play_from_greeting_to_goodbye(wording: Wording) -> None:
    for flow in load_flows(menu_files()).values():
        heard: list[str] = []
        play(flow, wording.sentences["zh"], ask=lambda _: "1", show=heard.append)
        assert heard[-1] in wording.sentences["zh"].values()
