"""`xiangyin poll desk` and `poll paper`: votes of people who are here, and of papers that two people have entered."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import poll
from gateway.cli.terminal import Terminal, command
from gateway.polls import paper

group = poll.group
_number = click.argument("number", type=click.IntRange(min=1))


@command(group, "desk", example="xiangyin poll desk 3 --resident 10231")
@_number
@click.option("--resident", "code", required=True, help="The code of the person who is here.")
def desk(terminal: Terminal, number: int, code: str) -> None:
    """Cast the vote of somebody who is present. The choice is asked for unseen: yes, no, abstain, 2, "1,3", "3>1"."""
    choice = click.prompt(terminal.say("staff_poll.desk_ask"), hide_input=True, err=True)
    ports = terminal.gateway.ports
    with ports.db.work() as tx:
        receipt = paper.cast_in_person(tx, number, code, choice.strip(), ports=ports)
        tx.commit()
    answer = {"poll": number, "resident": code, "receipt": receipt}
    terminal.show(answer, terminal.say("staff_poll.desk_cast", poll=number, receipt=receipt))


@command(
    group,
    "paper",
    example="xiangyin poll paper 3 --batch A1 --first ann.csv --first-by Ann --second bo.csv --second-by Bo",
)
@_number
@click.option("--batch", required=True, help="What is written on the batch; each is entered once.")
@click.option("--first", type=click.File(encoding="utf-8-sig"), required=True, help="CSV: code,choice.")
@click.option("--first-by", required=True, help="Who entered the first file.")
@click.option("--second", type=click.File(encoding="utf-8-sig"), required=True, help="The same papers.")
@click.option("--second-by", required=True, help="Who entered the second file: somebody else.")
def enter(terminal: Terminal, number: int, batch: str, **entries: Any) -> None:
    """Cast a batch of papers that two people have entered; where they differ it says on whose paper and casts none."""
    ports = terminal.gateway.ports
    first = paper.read_entry(entries["first_by"], entries["first"])
    second = paper.read_entry(entries["second_by"], entries["second"])
    with ports.db.work() as tx:
        receipts = paper.enter_batch(tx, number, batch, first, second, ports=ports)
        tx.commit()
    lines = [f"{code}  {receipt}" for code, receipt in sorted(receipts.items())]
    entered = terminal.say("staff_poll.paper_entered", poll=number, batch=batch, ballots=len(receipts))
    terminal.show({"poll": number, "batch": batch, "receipts": receipts}, "\n".join([*lines, entered]))
