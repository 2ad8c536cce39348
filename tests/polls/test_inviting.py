"""Asking for votes: the question fits two segments however long it is, and every elector gets it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gateway.messaging.segments import count_segments
from gateway.polls.inviting import MOST_SEGMENTS, fit_question
from gateway.polls.model import Threshold, ThresholdBase
from gateway.wording.catalogue import Wording
from tests.polls.test_announcing import OPTIONS, a_poll

RULE = Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("options", [(), OPTIONS[:3], OPTIONS])
def test_question_keeps_to_two_segments(language: str, options: tuple[str, ...], wording: Wording) -> None:
    poll = a_poll(RULE, options=options, question="要不要用村集体的钱修村口的石桥" * 10)
    text = fit_question(poll, language, lambda question: f"【石桥村】{question}", wording=wording)
    assert count_segments(text).segments <= MOST_SEGMENTS
    assert "3" in text


def test_question_that_cannot_be_made_to_fit_is_sent_at_its_shortest(wording: Wording) -> None:
    poll = a_poll(RULE, question="修路")
    assert fit_question(poll, "zh", lambda question: "村" * 200 + question, wording=wording).endswith("3")
