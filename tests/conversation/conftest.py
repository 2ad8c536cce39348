"""What the tests of conversations share: golden transcripts of whole calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.conversation.callers import Telephone

FOLDER = Path(__file__).parent.parent / "ivr_flows" / "transcripts"


@pytest.fixture(autouse=True)
def known_salts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Salts count up, so that the record's digits are the same in every run of a transcript."""
    salts = (n.to_bytes(32, "big") for n in count())
    monkeypatch.setattr("gateway.record.actions.new_salt", lambda: next(salts))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Compare a call with its transcript, which is named as the test."""
    name = request.node.originalname.removeprefix("test_")

    def compare(phone: Telephone, called: str = name, *later: Telephone) -> None:
        path = FOLDER / f"{called}.txt"
        text = "\n\n".join("\n".join(call.transcript) for call in (phone, *later)) + "\n"
        if request.config.getoption("--update-transcripts"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare
