"""The doctor on what the carrier has set up for the lines."""

from __future__ import annotations

import pytest

from gateway.carriers.port import LineHooks
from gateway.cli.doctor import judge_hooks

HERE = "https://gateway.example"
TEXT, CALL = f"{HERE}/twilio/sms#rc=2&rp=all", f"{HERE}/twilio/voice#rc=2&rp=all"
SPARE = "https://spare.example/twilio"
RIGHT = LineHooks(TEXT, f"{SPARE}/sms", CALL, f"{SPARE}/voice")


@pytest.mark.parametrize(
    ("hooks", "wrong"),
    [
        ([RIGHT, RIGHT], []),
        ([RIGHT, None], ["hooks_wrong"]),
        ([LineHooks("https://other.example/sms#rc=2", SPARE, CALL, SPARE)], ["hooks_wrong"]),
        ([LineHooks(f"{HERE}/twilio/sms", SPARE, CALL, SPARE)], ["hooks_not_retried"]),
        ([LineHooks(TEXT, "", CALL, SPARE)], ["hooks_without_fallback"]),
        ([LineHooks("", "", "", "")], ["hooks_wrong", "hooks_not_retried", "hooks_without_fallback"]),
    ],
)
def test_doctor_says_what_is_wrong_at_the_carrier(hooks: list[LineHooks | None], wrong: list[str]) -> None:
    assert [one.what for one in judge_hooks(hooks, HERE) if not one.fine] == wrong
