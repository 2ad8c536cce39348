"""What the console's templates speak and build with."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from markupsafe import Markup

from gateway.followup.model import Milestone, Plan, Update
from gateway.messaging.model import Broadcast, Progress
from gateway.messaging.money import write_amount
from gateway.roll.model import Community, Reach, Resident, StopKind
from gateway.topics.model import topic_number
from gateway.web.console.duties import Duty
from gateway.web.console.guard import form_token, has, here, signed_in, speaker
from gateway.web.pages.surroundings import this_gateway

# The tabs, each with what it takes to see it.
TABS: tuple[tuple[str, str, Duty | None], ...] = (
    ("today", "today.today", None),
    ("topics", "topics.topics", None),
    ("polls", "polls.polls", None),
    ("panels", "panels.panels", None),
    ("meetings", "meetings.meetings", None),
    ("promises", "promises.promises", None),
    ("inbox", "inbox.waiting", Duty.INBOX),
    ("broadcasts", "broadcasts.broadcasts", None),
    ("roll", "roll.people", Duty.ROLL),
    ("settings", "settings.settings", Duty.SETTINGS),
    ("trail", "trail.trail", Duty.TRAIL),
)


def teach(app: Flask) -> None:
    """Give the templates of `app` their words."""
    app.context_processor(_words)


def _words() -> dict[str, Any]:
    voice = speaker()
    return {
        "language": voice.language,
        "say": voice.say,
        "day": voice.day,
        "day_at": voice.day_at,
        "stratum": voice.stratum,
        "moment": voice.moment,
        "choice": voice.choice,
        "outcome": voice.outcome,
        "outages": voice.outages,
        "rule": voice.rule,
        "stage": voice.stage,
        "dial": voice.dial,
        "staff": g.get("staff"),
        "community": g.get("community"),
        "may": lambda duty: has(Duty(duty)),
        "me": lambda: signed_in().name,
        "role": g.get("role"),
        "token": _token,
        "tabs": _tabs,
        "back_path": lambda: request.path if request.method == "GET" else "/",
        "other_languages": lambda: [pair for pair in _languages() if pair[0] != voice.language],
        "written_languages": written_languages,
        "language_name": language_name,
        "public_address": _public_address,
        "subject_of": _subject_of,
        "amount": write_amount,
        "number_of_topic": topic_number,
        "help_here": _help_here,
        "roll_languages": _roll_languages,
        "notes_on": _notes_on,
        "words_of": _words_of,
    }


def written_languages() -> list[tuple[str, str]]:
    """The languages that staff write in, (code, name): the community's own first, then the others with a catalogue."""
    codes = dict.fromkeys([*here().languages, *this_gateway().wording.written])
    return [(code, language_name(code)) for code in codes]


def language_name(code: str) -> str:
    """A language by its own name; its code when there is no catalogue for it."""
    return dict(_languages()).get(code, code)


def _languages() -> list[tuple[str, str]]:
    wording = this_gateway().wording
    return [(code, wording.say("pages.language_name", code)) for code in wording.written]


def _token() -> Markup:
    return Markup('<input type="hidden" name="token" value="{}">').format(form_token())


def _tabs() -> list[tuple[str, str]]:
    return [(name, endpoint) for name, endpoint, duty in TABS if duty is None or has(duty)]


def _help_here() -> list[str]:
    """What a beginner should know about the page, one paragraph a line; none where nobody wrote any."""
    key = f"console.help.{(request.endpoint or '').replace('.', '_')}"
    voice = speaker()
    if request.method != "GET" or not voice.wording.has(key):
        return []
    return voice.say(key).splitlines()


def _roll_languages(own: str) -> list[tuple[str, str]]:
    """The languages that somebody on the roll may be spoken to in, and the one they have."""
    codes = dict.fromkeys([*here().languages, *this_gateway().wording.languages, own])
    return [(code, language_name(code)) for code in codes]


def _public_address(community: Community) -> str:
    return f"{this_gateway().settings.public_url}/c/{community.code}/"


def _subject_of(item: Broadcast | Progress) -> tuple[str, str]:
    """What a broadcast is about: ("poll", "3"), ("topic", "131"), ("meeting", "2") or ("other", "")."""
    what, _, number = item.subject.partition(":")
    return (what, number) if what in ("poll", "topic", "meeting") else ("other", "")


def _words_of(said: Update | Plan | Milestone) -> str:
    return said.words.get(speaker().language) or next(iter(said.words.values()))


def _notes_on(person: Resident, reach: Reach) -> list[str]:
    """What a clerk should know about reaching somebody; keys under `console.roll`."""
    notes = ["guest"] if person.is_guest else []
    if person.stopped is not StopKind.NOTHING:
        notes.append(f"stopped_{person.stopped}")
    return notes if reach.consent else [*notes, "no_consent"]
