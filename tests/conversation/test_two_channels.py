"""One resident, two channels, fifty ballots at the same moment: one ballot remains, whole; the next one replaces it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.kernel.ports import Ports
from gateway.polls import closing, views
from gateway.polls.slots import SlotKey
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, Telephone, a_poll, a_village, resident_id
from tests.conversation.texting import Texting
from tests.polls.village import rows_of

EACH = 25


def test_fifty_ballots_of_one_resident_by_text_and_call_are_one_and_the_next_replaces_it(
    ports: Ports, wording: Wording, monkeypatch: pytest.MonkeyPatch
) -> None:
    community = a_village(ports)
    number = a_poll(ports, community)
    made: list[bytes] = []
    enclose = SlotKey.enclose

    def enclose_and_note(key: SlotKey, poll: int, resident: int, sealed: bytes) -> bytes:
        made.append(enclose(key, poll, resident, sealed))
        return made[-1]

    calls = [Telephone(ports, wording, ALONE, carrier_id=f"CA{i}") for i in range(EACH)]
    for turn, call in enumerate(calls):
        call.dial().press(str(turn % 3 + 1))
    texts = [Texting(ports, wording, ALONE) for _ in range(EACH)]
    letters = [(one, one.compose(f"投票 {number} {i % 3 + 1}")) for i, one in enumerate(texts, start=1)]
    for i, (_, letter) in enumerate(letters):
        object.__setattr__(letter, "carrier_id", f"SM{i}")
    monkeypatch.setattr(SlotKey, "enclose", enclose_and_note)
    with ThreadPoolExecutor(2 * EACH) as pool:
        both = [(pool.submit(call.press, "1"), pool.submit(one.send, letter))
                for call, (one, letter) in zip(calls, letters, strict=True)]  # fmt: skip
        answers = [done.result() for pair in both for done in pair]
    assert len(answers) == 2 * EACH
    (mine,) = (row for row in rows_of(ports, "participation", number) if row[3] == "voted")
    assert mine[1] == resident_id(ports, community, "10019")
    assert bytes(mine[4]) in made
    Texting(ports, wording, ALONE, sent=1000).text(f"投票 {number} 1")
    (mine,) = (row for row in rows_of(ports, "participation", number) if row[3] == "voted")
    assert bytes(mine[4]) == made[-1]
    with ports.db.read() as conn:
        assert views.turnout(conn, number).participants == 1
    result = closing.close_poll(number, ports=ports, wording=wording)
    assert result.participants == 1
