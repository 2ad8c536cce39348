"""`xiangyin flow`: check the voice menus, play one at the terminal, draw one."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.terminal import Terminal, command
from gateway.conversation.calls.effects import EFFECTS
from gateway.conversation.calls.sounds import SOUNDS
from gateway.conversation.calls.views import VIEWS
from gateway.kernel.errors import InputError
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.wording.catalogue import Wording, load_wording
from ivr_flows.checker import Host, check
from ivr_flows.drawing import draw
from ivr_flows.loader import load_flow, load_flows_of, menu_files
from ivr_flows.model import Flow, FlowError, Problem
from ivr_flows.player import play

group = click.Group("flow", help="Voice menus: check them, try them at the terminal, draw them.")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@command(group, "check", example="xiangyin flow check ivr_flows/main.yaml")
@click.argument("paths", metavar="[FILE]...", nargs=-1, type=_FILE)
def check_menus(terminal: Terminal, paths: tuple[Path, ...]) -> None:
    """Check menus (default: those that come with the product); every mistake with file and line."""
    wording = load_wording()
    files = list(paths) or menu_files()
    problems = sorted({problem for path in files for problem in _problems(path, wording)})
    if problems and not terminal.as_json:
        for problem in problems:
            click.echo(_line(problem, wording, terminal.settings.language), err=True)
    data = [{"file": p.file, "line": p.line, "code": p.code, "what": p.what} for p in problems]
    if problems:
        if terminal.as_json:
            terminal.show(data, "")
        raise InputError("flow_has_problems", count=len(problems))
    terminal.show(data, wording.say("staff_flow.good", terminal.settings.language, count=len(files)))


@command(group, "play", example="xiangyin flow play ivr_flows/main.yaml --language en")
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--language", default=DEFAULT_LANGUAGE, help="Language of the sentences.")
def play_menu(terminal: Terminal, path: Path, language: str) -> None:
    """A terminal telephone: type keys, or nothing for silence; effects ask you for their outcome."""
    wording = load_wording()
    sentences = wording.sentences[wording.language_for(language)]
    flow = _load(path, wording, terminal)
    play(flow, sentences, ask=_ask, show=click.echo)


@command(group, "draw", example="xiangyin flow draw ivr_flows/main.yaml > main.mmd")
@click.argument("path", metavar="FILE", type=_FILE)
def draw_menu(terminal: Terminal, path: Path) -> None:
    """Print a menu as a Mermaid flow chart."""
    drawing = draw(_load(path, load_wording(), terminal))
    terminal.show({"mermaid": drawing}, drawing.rstrip())


def host_of(wording: Wording) -> Host:
    """What this installation offers to menus."""
    return Host(wording.sentences, {name: effect.outcomes for name, effect in EFFECTS.items()}, {*VIEWS}, {*SOUNDS})


def _ask(text: str) -> str:
    try:
        return str(click.prompt(text, default="", show_default=False))
    except click.Abort:
        # Ctrl-C or the end of the input is how this telephone hangs up.
        raise EOFError from None


def _problems(path: Path, wording: Wording) -> list[Problem]:
    try:
        return [problem for flow in load_flows_of(path) for problem in check(flow, host_of(wording))]
    except FlowError as error:
        return error.problems


def _load(path: Path, wording: Wording, terminal: Terminal) -> Flow:
    try:
        return load_flow(path)
    except FlowError as error:
        for problem in error.problems:
            click.echo(_line(problem, wording, terminal.settings.language), err=True)
        raise InputError("flow_has_problems", count=len(error.problems)) from None


def _line(problem: Problem, wording: Wording, language: str) -> str:
    return f"{problem.file}:{problem.line}: {wording.say(f'staff_flow.{problem.code}', language, what=problem.what)}"
