"""`xiangyin prompts`: the recordings of what the voice line says; what is not recorded, the carrier's voice speaks."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.roll import views as roll
from gateway.wording import recordings
from gateway.wording.completeness import Gap, Lack, gaps

group = click.Group("prompts", help="Recordings of what the voice line says.")
_LANGUAGE = click.option("--language", default=DEFAULT_LANGUAGE, show_default=True, help="Language of the recordings.")
_COMMUNITY = click.option("--community", default="", help="Those of this community, in its own dialect.")
# How a clerk without a list knows what to read aloud.
MOST_NAMED = 5
_STATES = ("recorded", "missing", "stale", "long")


@command(group, "list", example="xiangyin prompts list --language zh --state missing")
@_LANGUAGE
@_COMMUNITY
@click.option("--state", type=click.Choice(_STATES), help="Only those.")
def list_prompts(terminal: Terminal, *, language: str, community: str, state: str | None) -> None:
    """List what can be recorded, with the file name to give it, its words, and whether it is there."""
    found = [one for one in _takes(terminal, language, community) if state in (None, one.state)]
    lines = [f"{terminal.say(f'staff_prompts.state.{one.state}')}\t{one.name}\t{one.words}" for one in found]
    terminal.show([one._asdict() for one in found], "\n".join(lines))


@command(group, "import", example="xiangyin prompts import recordings/ --language zh --community shitan")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_LANGUAGE
@_COMMUNITY
def import_folder(terminal: Terminal, source: Path, *, language: str, community: str) -> None:
    """Take in a folder of WAV, MP3, FLAC or Ogg files named as their prompts. With one bad file nothing is taken."""
    folder, sentences = _folder(terminal), _sentences(terminal, language, community)
    names, troubles = recordings.import_prompts(source, folder, sentences, language, community)
    if troubles:
        for one in troubles:
            click.echo(f"{one.file}: {terminal.say(f'error.{one.code}', most=recordings.LONGEST_SECONDS)}", err=True)
        raise InputError("prompts_have_problems", count=len(troubles))
    if not names:
        raise InputError("prompts_none")
    terminal.show({"imported": names}, terminal.say("staff_prompts.imported", count=len(names)))


@command(group, "check", example="xiangyin prompts check --language zh")
@_LANGUAGE
@_COMMUNITY
@click.option("--in-use", is_flag=True, help="All languages that the community's people speak; what each lacks.")
def check(terminal: Terminal, *, language: str, community: str, in_use: bool) -> None:
    """Count what is recorded, missing, out of date or too long; refuse when a recording would not be played.

    With --in-use also whether anybody would hear another language than their own: that keeps polls from opening.
    """
    if in_use:
        _check_in_use(terminal, community)
        return
    found = _takes(terminal, language, community)
    folder = recordings.folder_for(_folder(terminal), language, community)
    strays = list(recordings.stray_files(folder, _sentences(terminal, language, community)))
    counts = recordings.count(found)
    for one in found:
        if one.state in ("stale", "long"):
            click.echo(f"{terminal.say(f'staff_prompts.state.{one.state}')}\t{one.name}\t{one.words}", err=True)
    for name in strays:
        click.echo(f"{terminal.say('staff_prompts.state.stray')}\t{name}", err=True)
    terminal.show(counts | {"stray": len(strays)}, terminal.say("staff_prompts.counts", **counts))
    wrong = counts["stale"] + counts["long"] + len(strays)
    if wrong:
        raise InputError("prompts_have_problems", count=wrong)


def _check_in_use(terminal: Terminal, code: str) -> None:
    """Every language that people of a community speak: what it lacks, recorded or not."""
    if not code:
        raise InputError("prompts_need_community")
    gateway = terminal.gateway
    with gateway.db.read() as conn:
        community = roll.community_by_code(conn, code)
        languages = roll.languages_in_use(conn, community.id)
    found = gaps(gateway.wording, languages, prompts=_folder(terminal))
    found += [one for one in gaps(gateway.wording, languages, prompts=_folder(terminal), community=code)
              if one.lack is Lack.RECORDING]  # fmt: skip
    data = [{"language": one.language, "lack": one.lack, "names": list(one.names)} for one in found]
    lines = [
        terminal.say(f"staff_prompts.lack.{one.lack}", language=one.language, count=len(one.names), names=_some(one))
        for one in found
    ]
    told = ", ".join(languages)
    terminal.show(data, "\n".join(lines) or terminal.say("staff_prompts.complete", languages=told))
    if blocked := sum(one.blocks for one in found):
        raise InputError("prompts_have_problems", count=blocked)


def _some(gap: Gap) -> str:
    shown = ", ".join(gap.names[:MOST_NAMED])
    return f"{shown} …" if len(gap.names) > MOST_NAMED else shown


def _takes(terminal: Terminal, language: str, community: str) -> list[recordings.Take]:
    sentences = _sentences(terminal, language, community)
    return recordings.takes(recordings.folder_for(_folder(terminal), language, community), sentences)


def _sentences(terminal: Terminal, language: str, community: str) -> dict[str, str]:
    wording = terminal.gateway.wording
    if language not in wording.languages:
        raise InputError("language_unreadable")
    if community:
        with terminal.gateway.db.read() as conn:
            roll.community_by_code(conn, community)
    return dict(wording.sentences[language])


def _folder(terminal: Terminal) -> Path:
    return terminal.settings.data_dir / "prompts"
