"""A village for the tests of messaging: people with telephones, a broadcast to them, what the carrier reports."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from gateway.carriers.port import OutgoingCall, OutgoingText, ReportedStatus, StatusReport
from gateway.kernel.errors import CarrierError
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import actions, sending, taking, views
from gateway.messaging.model import BroadcastDraft, CallbackUrls, Everybody, Progress
from gateway.messaging.store.attempts import select_attempts, to_attempt
from gateway.messaging.store.tables import outbox
from gateway.roll import store as roll_store
from gateway.roll.actions import add_community
from gateway.roll.model import NewCommunity
from tests.fakes import ScriptedCarrier

LINE = PhoneNumber("+8657100000001")
URLS = CallbackUrls("https://gateway.example")
TEXTS = {"zh": "青山村:水管明天修好。", "en": "Qingshan: the pipe is mended tomorrow."}
CALLS = {"zh": "您好,这里是青山村。水管明天修好。", "en": "Hello, this is Qingshan."}


def add_village(ports: Ports, code: str = "qingshan", line: PhoneNumber | None = LINE, **more: Any) -> int:
    """A community; returns its id."""
    with ports.db.work() as tx:
        made = add_community(tx, NewCommunity(code=code, name="青山村", number=line, **more))
        tx.commit()
        return made.id


def add_people(ports: Ports, community_id: int, count: int, *, phones: int = 1, **columns: Any) -> list[int]:
    """`count` residents with `phones` numbers each; returns their ids."""
    with ports.db.work() as tx:
        first = len(roll_store.codes_used(tx.connection, community_id)) + 1
        rows = [
            {"community_id": community_id, "code": f"{first + i:05d}", "name": f"村民{first + i}", "language": "zh"}
            | columns
            for i in range(count)
        ]
        roll_store.insert_residents(tx, rows)
        ids = roll_store.ids_by_code(tx.connection, community_id)
        made = [ids[row["code"]] for row in rows]
        roll_store.insert_phones(
            tx,
            [
                {"resident_id": key, "number": number_of(key, position).e164, "position": position}
                for key in made
                for position in range(phones)
            ],
        )
        tx.commit()
    return made


def number_of(resident_id: int, position: int = 0) -> PhoneNumber:
    """The number that `add_people` gives to a resident."""
    return PhoneNumber(f"+861{3 + position}{resident_id:09d}")


def start(ports: Ports, community_id: int, audience: Sequence[int] | Everybody, **more: Any) -> int:
    """Start a broadcast; returns its id."""
    draft = BroadcastDraft(**{"community_id": community_id, "kind": "notice", "subject": "", "texts": TEXTS, "calls": CALLS,
                              "audience": audience} | more)  # fmt: skip
    with ports.db.work() as tx:
        key = actions.start_broadcast(tx, draft, at=ports.clock.now())
        tx.commit()
    return key


def send(ports: Ports, carrier: ScriptedCarrier, queue: str = "bulk") -> int:
    """Send what is due."""
    return sending.send_due(ports, carrier=carrier, urls=URLS, queue=queue)


def progress(ports: Ports, broadcast_id: int) -> Progress:
    with ports.db.read() as conn:
        return views.progress(conn, broadcast_id)


def counts(ports: Ports, broadcast_id: int) -> tuple[int, int, int, int]:
    """Delivered, under way, unreached, held."""
    found = progress(ports, broadcast_id)
    assert found.total == found.delivered + found.under_way + found.unreached + found.held
    return found.delivered, found.under_way, found.unreached, found.held


def attempts(ports: Ports) -> list[tuple[str, str]]:
    """Channel and state of all attempts, in the order in which they were made."""
    with ports.db.read() as conn:
        rows = [to_attempt(row) for row in conn.execute(select_attempts().order_by(outbox.c.id))]
    return [(row.channel.value, row.state.value) for row in rows]


def outcomes(ports: Ports) -> list[str]:
    with ports.db.read() as conn:
        return list(conn.execute(select(outbox.c.outcome).order_by(outbox.c.id)).scalars())


def attempt_of(item: OutgoingText | OutgoingCall) -> int:
    """The attempt's number, as the carrier gives it back in the status address."""
    return int(item.status_url.rpartition("=")[2])


def report(
    ports: Ports, carrier: ScriptedCarrier, index: int, status: ReportedStatus, error: CarrierError | None = None
) -> None:
    """The carrier reports on the `index`-th thing it was sent (from 0, or from -1 backwards)."""
    index %= len(carrier.sent)
    item = carrier.sent[index]
    carrier_id = f"{'SM' if isinstance(item, OutgoingText) else 'CA'}{index + 1:032x}"
    take_report(ports, StatusReport(carrier_id, status, error), attempt_of(item))


def take_report(ports: Ports, what: StatusReport, attempt_id: int | None) -> None:
    """A report that was never seen before, so that its effect and not the claim on it is tested."""
    taking.take_report(ports.db, secrets.token_hex(8), what, attempt_id, now=ports.clock.now())


def hear(ports: Ports, item: OutgoingText | OutgoingCall) -> None:
    """Somebody answers the call and hears it out."""
    with ports.db.work() as tx:
        actions.note_heard(tx, attempt_of(item), at=ports.clock.now())
        tx.commit()


def outbox_rows(ports: Ports) -> list[Any]:
    with ports.db.read() as conn:
        return list(conn.execute(select(outbox).order_by(outbox.c.id)))
