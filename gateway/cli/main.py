"""The command `xiangyin`: gathers the command groups; each group is a file beside this one."""

from __future__ import annotations

import click

from gateway.cli import (
    behalf,
    broadcast,
    calendar,
    community,
    database,
    delegate,
    doctor,
    flow,
    followup,
    inbox,
    meeting,
    panel,
    poll_in_person,
    poll_outages,
    prompts,
    record,
    retention,
    roll,
    run,
    simulator,
    staff,
    token,
    topic,
    township,
    understand,
    update,
    webhook,
)
from gateway.cli.backup import backup, restore
from gateway.cli.demo.demo import demo

GROUPS: tuple[click.Command, ...] = (
    behalf.group,
    broadcast.group,
    calendar.group,
    community.group,
    database.group,
    delegate.group,
    flow.group,
    followup.group,
    inbox.group,
    meeting.group,
    panel.group,
    poll_in_person.group,
    poll_outages.group,
    prompts.group,
    record.group,
    retention.group,
    roll.group,
    staff.group,
    token.group,
    topic.group,
    township.group,
    update.group,
    webhook.group,
    backup,
    demo,
    doctor.doctor,
    restore,
    run.run,
    simulator.simulator,
    understand.understand,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="xiangyin")
def main() -> None:
    """Xiangyin: a village deliberates and decides together by text and by call."""


for _command in GROUPS:
    main.add_command(_command)
