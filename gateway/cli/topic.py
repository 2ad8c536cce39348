"""`xiangyin topic`: what residents raised, its screening, the agenda, questions, hot spots and the monthly digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import NotFound
from gateway.kernel.months import Month, month_of, named_month
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import actions, asking, digest, hotspots, views
from gateway.topics.model import Question, Stage, Topic, next_stages, topic_id_of, topic_number
from gateway.topics.recordings import read_recording
from gateway.topics.transcribing import read_transcript

group = click.Group("topic", help="Topics: what residents raised, and where each stands.")
_community = click.option("--community", "community_code", required=True, help="Code of the community.")


@command(group, "list", example="xiangyin topic list --community shitan --stage raised")
@_community
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only topics of this stage.")
def list_(terminal: Terminal, community_code: str, *, stage: str | None) -> None:
    """List a community's topics, newest first."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code)
        found = views.topics(conn, community.id, Stage(stage) if stage else None)
    _show_all(terminal, found)


@command(group, "agenda", example="xiangyin topic agenda --community shitan")
@_community
def agenda(terminal: Terminal, community_code: str) -> None:
    """List what residents want dealt with: accepted topics, most backed first."""
    with terminal.gateway.db.read() as conn:
        found = views.agenda(conn, roll.community_by_code(conn, community_code).id)
    _show_all(terminal, found)


@command(group, "overdue", example="xiangyin topic overdue --community shitan")
@click.option("--community", "community_code", help="Only the topics of this community.")
def overdue(terminal: Terminal, community_code: str | None) -> None:
    """List the topics that are past the deadline of their stage, longest overdue first."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code) if community_code else None
        now = terminal.gateway.ports.clock.now()
        found = views.overdue(conn, now, community.id if community else None)
    lines = [_overdue_line(terminal, topic) for topic in found] or [terminal.say("staff_topic.none")]
    terminal.show([_as_json(topic) for topic in found], "\n".join(lines))


@command(group, "show", example="xiangyin topic show 13")
@click.argument("number")
def show(terminal: Terminal, number: str) -> None:
    """Show one topic, its questions, and live topics that may be about the same."""
    topic = find_topic(terminal, number)
    with terminal.gateway.db.read() as conn:
        hints = views.hints(conn, topic)
        questions = views.questions(conn, topic.id)
    lines = [_line(terminal, topic)]
    heard = _heard_by_machine(terminal, topic)
    if heard:
        lines.append(terminal.say("staff_topic.machine", words=heard))
    if topic.merged_into is not None:
        lines.append(terminal.say("staff_topic.merged_into", into=topic_number(topic.merged_into)))
    lines += [line for question in questions for line in _question_lines(terminal, question)]
    lines += [
        terminal.say(
            "staff_topic.hint", topic=one.number, percent=round(100 * alike.likeness), text=_text(terminal, one)
        )
        for one, alike in hints
    ]
    like = [{"topic": one.number, "likeness": round(alike.likeness, 3)} for one, alike in hints]
    more = {
        "machine_transcript": heard,
        "alike": like,
        "questions": [_question_json(question) for question in questions],
    }
    terminal.show(_as_json(topic) | more, "\n".join(lines))


@command(group, "screen", example='xiangyin topic screen 13 --decline --reason "not in the hands of the village"')
@click.argument("number")
@click.option("--accept/--decline", "accept", required=True, help="Take it up, or not.")
@click.option("--reason", default="", help="Needed with --decline; the author receives it.")
def screen(terminal: Terminal, number: str, *, accept: bool, reason: str) -> None:
    """Accept a topic, or decline it with a reason; the author is told."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        topic = actions.screen(tx, number, accept, reason, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show(_as_json(topic), _line(terminal, topic))


@command(group, "ask-back", example='xiangyin topic ask-back 13 --question "Which lamp is it?"')
@click.argument("number")
@click.option("--question", required=True, help="What the author is asked; the answer comes back into the queue.")
def ask_back(terminal: Terminal, number: str, *, question: str) -> None:
    """Ask the author something before the topic is screened."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        topic = actions.ask_back(tx, number, question, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show(_as_json(topic), _line(terminal, topic))


@command(group, "merge", example="xiangyin topic merge 21 --into 13")
@click.argument("number")
@click.option("--into", required=True, help="The topic that goes on.")
def merge(terminal: Terminal, number: str, *, into: str) -> None:
    """Let a topic go on as a part of another; its author and supporters are told and back that one."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        topic = actions.merge(tx, number, into, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    lines = [_line(terminal, topic), terminal.say("staff_topic.merged_into", into=into)]
    terminal.show(_as_json(topic), "\n".join(lines))


@command(group, "title", example='xiangyin topic title 13 "Street light at the gate"')
@click.argument("number")
@click.argument("title")
def title_(terminal: Terminal, number: str, title: str) -> None:
    """Write a title over a topic, a recorded one above all: it is what the public reads."""
    with terminal.gateway.db.work() as tx:
        topic = actions.set_title(tx, number, title)
        tx.commit()
    terminal.show(_as_json(topic), _line(terminal, topic))


@command(group, "category", example="xiangyin topic category 13 roads")
@click.argument("number")
@click.argument("category")
def category_(terminal: Terminal, number: str, category: str) -> None:
    """Correct the category that was guessed."""
    with terminal.gateway.db.work() as tx:
        topic = actions.set_category(tx, number, category)
        tx.commit()
    name = terminal.say(f"topic_digest.categories.{topic.category}")
    terminal.show(_as_json(topic), terminal.say("staff_topic.category", category=name))


@command(group, "move", example="xiangyin topic move 13 in_progress --due 2026-12-31T18:00")
@click.argument("number")
@click.argument("stage", type=click.Choice([str(one) for stage in Stage for one in next_stages(stage)]))
@click.option("--due", help="When it is overdue there; else the stage's own deadline.")
def move(terminal: Terminal, number: str, stage: str, *, due: str | None) -> None:
    """Bring a topic to another stage without a word to anybody; `update post` moves it with an update."""
    topic = find_topic(terminal, number)
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        timezone = roll.community(tx.connection, topic.community_id).timezone
        due_at = read_closing_time(due, timezone, now) if due else None
        topic = actions.move(tx, topic.id, Stage(stage), at=now, due_at=due_at)
        tx.commit()
    terminal.show(_as_json(topic), _line(terminal, topic))


@command(group, "questions", example="xiangyin topic questions --community shitan")
@_community
def questions_(terminal: Terminal, community_code: str) -> None:
    """List the questions that wait for an answer, oldest first."""
    with terminal.gateway.db.read() as conn:
        found = views.waiting_questions(conn, roll.community_by_code(conn, community_code).id)
    lines = [line for question in found for line in _question_lines(terminal, question)]
    text = "\n".join(lines) or terminal.say("staff_topic.no_questions")
    terminal.show([_question_json(question) for question in found], text)


@command(group, "answer", example='xiangyin topic answer 5 "The lamp is ordered, it comes on Friday."')
@click.argument("question", type=click.IntRange(min=1))
@click.argument("words")
def answer(terminal: Terminal, question: int, words: str) -> None:
    """Answer a question; whoever asked it is told."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        done = asking.answer(tx, question, words, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show(_question_json(done), terminal.say("staff_topic.answered", question=question))


@command(group, "transcribe", example='xiangyin topic transcribe 5 "The lamp is ordered."')
@click.argument("question", type=click.IntRange(min=1))
@click.argument("words")
def transcribe(terminal: Terminal, question: int, words: str) -> None:
    """Write down an answer that a guest has spoken; whoever asked gets the words."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        done = asking.write_down(tx, question, words, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show(_question_json(done), terminal.say("staff_topic.transcribed", question=question))


@command(group, "listen-answer", example="xiangyin topic listen-answer 5 answer.wav")
@click.argument("question", type=click.IntRange(min=1))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def listen_answer(terminal: Terminal, question: int, file: Path) -> None:
    """Write a spoken answer into a sound file (WAV) that is readable for its owner alone."""
    with terminal.gateway.db.read() as conn:
        found = views.question(conn, question)
    if found is None or found.answer_recording_id is None:
        raise NotFound("answer_not_spoken", question=question)
    folder, secret = terminal.settings.data_dir / "recordings", terminal.gateway.ports.secret
    sound = read_recording(found.answer_recording_id, folder=folder, secret=secret)
    file.touch(mode=0o600)
    file.write_bytes(sound)
    terminal.show({"written": str(file)}, str(file))


@command(group, "pass-on", example="xiangyin topic pass-on 5 --guest 90011")
@click.argument("question", type=click.IntRange(min=1))
@click.option("--guest", "code", required=True, help="Code of the guest who is to answer by telephone.")
def pass_on(terminal: Terminal, question: int, code: str) -> None:
    """Put a question to a guest, who answers it from their own telephone."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        asked = views.question(tx.connection, question)
        topic = views.topic_by_id(tx.connection, asked.topic_id) if asked else None
        if topic is None:
            raise NotFound("question_unknown")
        guest = roll.resident_by_code(tx.connection, topic.community_id, code)
        if guest is None:
            raise NotFound("resident_unknown")
        now = gateway.ports.clock.now()
        done = asking.pass_to_guest(tx, question, guest.id, at=now, wording=gateway.wording)
        tx.commit()
    terminal.show(_question_json(done), terminal.say("staff_topic.passed", question=question))


_where = click.option("--community", "community_code", help="A community and those below it; else all.")
_when = click.option("--month", help="2026-11; else the month that is running.")


@command(group, "hotspots", example="xiangyin topic hotspots --community longjing-town --month 2026-11")
@_where
@_when
def hotspots_(terminal: Terminal, community_code: str | None, *, month: str | None) -> None:
    """What many different people raised in a month, by people, households and communities, never by messages."""
    with terminal.gateway.db.read() as conn:
        places = _places(conn, community_code)
        span = _month(terminal, month, places)
        found = hotspots.find_hot_spots(conn, [one.id for one in places], span.start, span.end, before=span.before)
        first = {spot.topics[0]: views.topic_by_id(conn, spot.topics[0]) for spot in found}
    lines = []
    for number, spot in enumerate(found, start=1):
        values = {"people": spot.people, "households": spot.households, "places": spot.places}
        topic = first[spot.topics[0]]
        text = _text(terminal, topic) if topic else ""
        lines.append(
            terminal.say("staff_topic.spot", number=number, topic=topic_number(spot.topics[0]), text=text, **values)
        )
    terminal.show([_spot_json(spot) for spot in found], "\n".join(lines) or terminal.say("staff_topic.no_spots"))


@command(group, "digest", example="xiangyin topic digest --community shitan --month 2026-11 --language zh")
@_where
@_when
@click.option("--language", help="zh or en; else the language of the command line.")
def digest_(terminal: Terminal, community_code: str | None, *, month: str | None, language: str | None) -> None:
    """The month in plain words: how many people spoke, of what, more or fewer than the month before."""
    with terminal.gateway.db.read() as conn:
        places = _places(conn, community_code)
        span = _month(terminal, month, places)
        made = digest.make_digest(conn, [one.id for one in places], span.before, span.start, span.end)
    wording = terminal.gateway.wording
    words = digest.in_words(made, places[0].name, span.name, language or terminal.settings.language, wording=wording)
    data = {
        "month": span.name,
        "people": made.people,
        "people_before": made.people_before,
        "topics": made.topics,
        "topics_before": made.topics_before,
        "categories": {key: {"people": now, "before": earlier} for key, (now, earlier) in made.categories.items()},
        "hot_spots": [_spot_json(entry.spot) | {"text": entry.shown} for entry in made.entries],
        "words": words,
    }
    terminal.show(data, words)


def find_topic(terminal: Terminal, number: str) -> Topic:
    """The topic that an operator named. NotFound("topic_unknown", "topic_number_wrong")."""
    if topic_id_of(number) is None:
        raise NotFound("topic_number_wrong")
    with terminal.gateway.db.read() as conn:
        topic = views.topic(conn, number)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic


def _places(conn: Any, code: str | None) -> list[Community]:
    """A community and all below it, itself first; all there are without a code."""
    every = roll.communities(conn)
    if code is None:
        return every
    found = [roll.community_by_code(conn, code)]
    for one in found:
        found += [below for below in every if below.parent_id == one.id]
    return found


def _month(terminal: Terminal, name: str | None, places: list[Community]) -> Month:
    """The month of that name, else the one that is running, in the time of the first community."""
    timezone = places[0].timezone if places else "UTC"
    return named_month(name, timezone) if name else month_of(terminal.gateway.ports.clock.now(), timezone)


def _spot_json(spot: hotspots.HotSpot) -> dict[str, Any]:
    return {
        "topics": [topic_number(one) for one in spot.topics],
        "people": spot.people,
        "households": spot.households,
        "communities": spot.places,
        "category": spot.category,
        "people_before": spot.people_before,
    }


def _show_all(terminal: Terminal, found: list[Topic]) -> None:
    lines = [_line(terminal, topic) for topic in found] or [terminal.say("staff_topic.none")]
    terminal.show([_as_json(topic) for topic in found], "\n".join(lines))


def _heard_by_machine(terminal: Terminal, topic: Topic) -> str:
    """What a machine has heard in the recording, unchecked; "" for none."""
    if topic.recording_id is None:
        return ""
    folder = terminal.settings.data_dir / "recordings"
    return read_transcript(topic.recording_id, folder=folder, secret=terminal.gateway.ports.secret)


def _as_json(topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic.number,
        "stage": topic.stage,
        "title": topic.title,
        "text": topic.text,
        "category": topic.category,
        "spoken": topic.recording_id is not None,
        "supporters": topic.supporters,
        "reason": topic.reason,
        "merged_into": topic_number(topic.merged_into) if topic.merged_into is not None else None,
        "raised_at": topic.raised_at.isoformat(),
        "due_at": topic.due_at.isoformat() if topic.due_at else None,
    }


def _line(terminal: Terminal, topic: Topic) -> str:
    stage = terminal.say(f"staff_topic.stage.{topic.stage}")
    text = _text(terminal, topic)
    return terminal.say("staff_topic.line", topic=topic.number, stage=stage, supporters=topic.supporters, text=text)


def _text(terminal: Terminal, topic: Topic) -> str:
    return topic.title or topic.text or terminal.say("staff_topic.spoken")


def _overdue_line(terminal: Terminal, topic: Topic) -> str:
    stage = terminal.say(f"staff_topic.stage.{topic.stage}")
    due = f"{topic.due_at:%Y-%m-%d}" if topic.due_at else ""
    text = _text(terminal, topic)
    return terminal.say("staff_topic.overdue_line", topic=topic.number, stage=stage, due=due, text=text)


def _question_lines(terminal: Terminal, question: Question) -> list[str]:
    number = topic_number(question.topic_id)
    lines = [terminal.say("staff_topic.question_line", question=question.id, topic=number, text=question.text)]
    if question.answer:
        lines.append(terminal.say("staff_topic.answer_line", answer=question.answer))
    if question.is_spoken:
        lines.append(terminal.say("staff_topic.spoken_answer_line"))
    return lines


def _question_json(question: Question) -> dict[str, Any]:
    return {
        "question": question.id,
        "topic": topic_number(question.topic_id),
        "text": question.text,
        "asked_at": question.asked_at.isoformat(),
        "guest": question.guest_id is not None,
        "answer": question.answer,
        "by_guest": question.by_guest,
        "spoken": question.answer_recording_id is not None,
    }
