"""A receipt looked up by text: counted or not, never what was chosen."""

from __future__ import annotations

import re

from gateway.kernel.ports import Ports
from gateway.polls import closing
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, a_poll, a_village, slip_of
from tests.conversation.texting import Texting


def test_receipt_is_looked_up_by_text_before_and_after_the_result(ports: Ports, wording: Wording) -> None:
    community = a_village(ports)
    number = a_poll(ports, community)
    li = Texting(ports, wording, ALONE)
    (receipt,) = re.findall(r"\d{5,}", li.text(f"投票 {number} 1"))
    assert li.text(f"查票 {number} {receipt}") == li.says("receipt.not_yet")
    closing.close_poll(number, ports=ports, wording=wording)
    for said in (f"查票 {number} {receipt}", f"回执 {receipt}", f"receipt {receipt}"):
        assert li.text(said) == li.says("receipt.counted", receipt=receipt, poll=number)
    assert li.text(f"回执 {slip_of(receipt)}") == li.says("receipt.slip", receipt=slip_of(receipt))
    other = a_poll(ports, community)
    assert li.text(f"查票 {other} {receipt}") == li.says("receipt.not_yet")
    closing.close_poll(other, ports=ports, wording=wording)
    assert li.text(f"查票 {other} {receipt}") == li.says("receipt.unknown", receipt=receipt)
