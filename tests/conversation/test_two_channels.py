"""One resident, two channels, fifty ballots at the same moment: one ballot remains, and it is the last received."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.kernel.ports import Ports
from gateway.polls import closing, views
from gateway.polls.store import box
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, Telephone, a_poll, a_village, resident_id
from tests.conversation.texting import Texting
from tests.polls.village import rows_of

EACH = 25


def test_fifty_ballots_of_one_resident_by_text_and_call_are_one_and_the_last_wins(
    ports: Ports, wording: Wording, monkeypatch: pytest.MonkeyPatch
) -> None:
    community = a_village(ports)
    number = a_poll(ports, community)
    received: list[bytes] = []
    put = box.put_envelope

    def put_and_note(tx: Any, poll: int, resident: int, envelope: bytes, **more: Any) -> Any:
        # The row is locked until the commit: this is the order in which the ballots took effect.
        done = put(tx, poll, resident, envelope, **more)
        received.append(envelope)
        return done

    calls = [Telephone(ports, wording, ALONE, carrier_id=f"CA{i}") for i in range(EACH)]
    for turn, call in enumerate(calls):
        call.dial().press(str(turn % 3 + 1))
    texts = [Texting(ports, wording, ALONE) for _ in range(EACH)]
    letters = [(one, one.compose(f"投票 {number} {i % 3 + 1}")) for i, one in enumerate(texts, start=1)]
    for i, (_, letter) in enumerate(letters):
        object.__setattr__(letter, "carrier_id", f"SM{i}")
    monkeypatch.setattr(box, "put_envelope", put_and_note)
    with ThreadPoolExecutor(2 * EACH) as pool:
        both = [(pool.submit(call.press, "1"), pool.submit(one.send, letter))
                for call, (one, letter) in zip(calls, letters, strict=True)]  # fmt: skip
        answers = [done.result() for pair in both for done in pair]
    assert len(answers) == len(received) == 2 * EACH
    (mine,) = (row for row in rows_of(ports, "participation", number) if row[3] == "voted")
    assert (mine[1], bytes(mine[4])) == (resident_id(ports, community, "10019"), received[-1])
    with ports.db.read() as conn:
        assert views.turnout(conn, number).participants == 1
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert result.participants == 1
