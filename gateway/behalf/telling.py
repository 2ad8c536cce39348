"""What the person is told, in plain words: who entered what for them."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.behalf.model import SHOWN_CHARACTERS, Deed, Entered
from gateway.meetings import views as meetings
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording

Words = dict[str, str]


def words_of(conn: Connection, entered: Entered, *, wording: Wording) -> tuple[Words, Words]:
    """The message as texts and as calls, in every language."""
    languages = wording.languages
    texts = {one: entered_words(conn, entered, one, wording=wording) for one in languages}
    return texts, {one: entered_words(conn, entered, one, wording=wording, aloud=True) for one in languages}


def entered_words(conn: Connection, entered: Entered, language: str, *, wording: Wording, aloud: bool = False) -> str:
    """The message in one language."""
    village = roll.community(conn, entered.community_id).name
    who = who_words(conn, entered, language, wording=wording)
    deed = what_words(conn, entered, language, wording=wording, aloud=aloud)
    key = f"behalf_news.entered.{'call' if aloud else 'text'}"
    return wording.say(key, language, village=village, who=who, deed=deed)


def what_words(conn: Connection, entered: Entered, language: str, *, wording: Wording, aloud: bool = False) -> str:
    """What was entered, as a part of a sentence."""
    key = f"{entered.deed}_{entered.after}" if entered.deed is Deed.REPLY else str(entered.deed)
    return wording.say(f"behalf_news.what.{key}", language, **_facts(conn, entered, aloud))


def who_words(conn: Connection, entered: Entered, language: str, *, wording: Wording) -> str:
    """Who entered it, as the subject of a sentence."""
    if entered.actor.helper_id is not None:
        return roll.resident(conn, entered.actor.helper_id).name
    name = entered.actor.name
    return wording.say("behalf_news.who.named" if name else "behalf_news.who.staff", language, name=name)


def _facts(conn: Connection, entered: Entered, aloud: bool) -> dict[str, str | int]:
    match entered.deed:
        case Deed.TOPIC | Deed.SUPPORT:
            return _of_topic(topics.topic_by_id(conn, entered.ref), aloud)
        case Deed.QUESTION:
            question = topics.question(conn, entered.ref)
            assert question
            facts = _of_topic(topics.topic_by_id(conn, question.topic_id), aloud)
            return facts | {"words": _short(question.text, aloud)}
        case Deed.STATEMENT:
            said = meetings.statement(conn, entered.ref)
            return {"meeting": said.meeting, "words": _short(said.words, aloud)} if said else {}
        case Deed.REPLY:
            return {"meeting": entered.ref, "words": meetings.meeting(conn, entered.ref).title}


def _of_topic(topic: Topic | None, aloud: bool) -> dict[str, str | int]:
    assert topic
    number = ", ".join(topic.number) if aloud else topic.number
    return {"topic": number, "words": _short(topic.shown, aloud)}


def _short(words: str, aloud: bool) -> str:
    """A text names what it is about in a few characters; a call has time for all of it."""
    if aloud or len(words) <= SHOWN_CHARACTERS:
        return words
    # One typographic sign would double the price of an English text.
    return words[:SHOWN_CHARACTERS] + ("..." if words.isascii() else "…")
