"""`xiangyin simulator`: the simulated telephone company, until it is told to stop."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from gateway.bootstrap import Gateway, carrier_account
from gateway.carriers.simulator.phones import Card, PhoneSpec
from gateway.carriers.simulator.server import Contact, Handsets, serve
from gateway.cli.terminal import Terminal, standalone
from gateway.roll import views as roll


@standalone("simulator", example="xiangyin simulator --pace 0.2")
@click.option("--cards", type=click.Path(path_type=Path), help="JSON list of holders: name, phone, code, pin.")
@click.option("--pace", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Real seconds per second.")
def simulator(terminal: Terminal, cards: Path | None, pace: float) -> None:
    """Play the telephone company: Twilio's protocol on SIMULATOR_PORT, and telephones in the browser."""
    settings, gateway = terminal.settings, terminal.gateway
    page = Path(str(files("gateway.web") / "handset"))
    serve(
        carrier_account(settings),
        public_url=settings.public_url,
        port=settings.simulator_port,
        pace=pace,
        handsets=Handsets(page, gateway.wording, contacts=lambda: lines(gateway)),
        phones=read_cards(cards) if cards and cards.exists() else [],
    )


def lines(gateway: Gateway) -> list[Contact]:
    """The address book of every telephone: the lines of all communities; empty while the database cannot be asked."""
    try:
        with gateway.db.read() as conn:
            return [Contact(c.name, c.line.e164) for c in roll.communities(conn) if c.line]
    except SQLAlchemyError:
        return []


def read_cards(path: Path) -> list[PhoneSpec]:
    """The telephones of a list of holders; who shares a number shares a telephone."""
    cards: dict[str, list[Card]] = {}
    for row in json.loads(path.read_text(encoding="utf-8")):
        cards.setdefault(row["phone"], []).append(Card(row["name"], row.get("code", ""), row.get("pin", "")))
    return [
        PhoneSpec(number, " · ".join(card.name for card in held), cards=tuple(held), by_hand=True)
        for number, held in cards.items()
    ]
