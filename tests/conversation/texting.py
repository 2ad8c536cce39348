"""A telephone that texts: it sends, repeats itself as carriers do, and keeps the conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from gateway.carriers.port import IncomingText
from gateway.conversation.texts import receive_text
from gateway.kernel.db import metadata
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.messaging.model import WaitingText
from gateway.roll import views as roll
from gateway.roll.model import Community, Resident
from gateway.topics import views as topics
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording
from tests.conversation.callers import LINE


@dataclass
class Texting:
    """One telephone and what went to and fro; `number` None is a withheld one."""

    ports: Ports
    wording: Wording
    number: PhoneNumber | None
    line: PhoneNumber = LINE
    sent: int = 0
    transcript: list[str] = field(default_factory=list)

    def text(self, body: str) -> str:
        """Send a text; returns the answers, one a line."""
        answers = self.send(self.compose(body))
        self.transcript += [f"> {body}", *(f"< {answer}" for answer in answers or ["(no answer)"]), ""]
        return "\n".join(answers)

    def compose(self, body: str) -> IncomingText:
        """A text as the carrier hands it over, with a name of its own."""
        self.sent += 1
        return IncomingText(f"SM{self.number.e164 if self.number else ''}{self.sent}", self.number, self.line, body)

    def send(self, incoming: IncomingText) -> list[str]:
        """Hand over a text, for the first time or again."""
        return receive_text(incoming, ports=self.ports, wording=self.wording, carrier_name="simulator")

    def send_five_times_at_once(self, body: str) -> list[list[str]]:
        """The carrier hands the same text over in five requests at the same moment."""
        incoming = self.compose(body)
        with ThreadPoolExecutor(5) as pool:
            return list(pool.map(lambda _: self.send(incoming), range(5)))

    def says(self, key: str, language: str = "zh", **values: str | int) -> str:
        """The sentence `key` of `text.yaml` as the village says it."""
        return self.wording.say(f"text.{key}", language, village="石滩村", **values)


def waiting(ports: Ports, community: Community) -> list[WaitingText]:
    """The clerk's list."""
    with ports.db.read() as conn:
        return inbox.waiting(conn, community.id)


def waiting_words(ports: Ports, community: Community) -> list[str | None]:
    """What the clerk reads in each text on the list."""
    sealed = [text.sealed_text for text in waiting(ports, community)]
    return [ports.sealer.open(text).decode() if text else None for text in sealed]


def topics_of(ports: Ports, community: Community) -> list[Topic]:
    """All topics, oldest first."""
    with ports.db.read() as conn:
        return topics.topics(conn, community.id)[::-1]


def resident(ports: Ports, community: Community, code: str) -> Resident:
    """The person with that code."""
    with ports.db.read() as conn:
        found = roll.resident_by_code(conn, community.id, code)
    assert found
    return found


def rows(ports: Ports, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    with ports.db.read() as conn:
        return [dict(row._mapping) for row in conn.execute(select(metadata.tables[table]))]


def everything(ports: Ports) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    return {name: rows(ports, name) for name in metadata.tables}
