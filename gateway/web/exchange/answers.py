"""What the REST interface answers, one function an address: what was asked in, JSON or a table out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.followup import views as followup
from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.months import named_month
from gateway.meetings import views as meetings
from gateway.overview import views as from_above
from gateway.overview.published import published
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState, Result
from gateway.record import views as record
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.digest import make_digest
from gateway.topics.model import Stage, Topic
from gateway.township import views as township
from gateway.web.exchange import floip, popolo, shapes, tables
from gateway.web.exchange.routing import Asked

PUBLIC_POLLS = (PollState.OPEN, PollState.CLOSING, PollState.CLOSED, PollState.VOID)
MOST_ROWS = 10_000
UPDATES_A_LOOK = 200


def communities(asked: Asked) -> Any:
    """The communities that the token opens."""
    codes = {one.id: one.code for one in asked.communities.values()}
    return [shapes.community(one, codes) for one in asked.communities.values()]


def community(asked: Asked) -> Any:
    """One community."""
    codes = {one.id: one.code for one in asked.communities.values()}
    return shapes.community(asked.community, codes)


def topic_list(asked: Asked) -> Any:
    """Topics, newest first."""
    stage = Stage(asked.values["stage"]) if asked.values["stage"] else None
    counts = topics.counts_by_stage(asked.conn, asked.community.id)
    total = counts.get(stage, 0) if stage else sum(counts.values())
    size, page = asked.values["per_page"], asked.values["page"]
    found = topics.some_topics(asked.conn, asked.community.id, stage, most=size, after=(page - 1) * size)
    return _page([shapes.topic(one) for one in found], total, asked)


def topic(asked: Asked) -> Any:
    """One topic."""
    return shapes.topic(_topic(asked))


def topic_updates(asked: Asked) -> Any:
    """What was told of a topic, newest first."""
    found = _topic(asked)
    return (
        [shapes.update(one, found.number) for one in followup.updates(asked.conn, found.id)] if found.is_public else []
    )


def verdicts(asked: Asked) -> Any:
    """What residents say of a topic each time that it was called done; of few answers only how many."""
    found = _topic(asked)
    return [shapes.verdict(one) for one in followup.completions_of(asked.conn, found.id)] if found.is_public else []


def promises(asked: Asked) -> Any:
    """Every step that was promised, by day."""
    found = followup.promises(asked.conn, asked.community.id, asked.at)
    return _page([shapes.promise(one) for one in _part(found, asked)], len(found), asked)


def topic_table(asked: Asked) -> Any:
    """Topics as a table."""
    found = [shapes.topic(one) for one in topics.some_topics(asked.conn, asked.community.id, most=MOST_ROWS)]
    columns = ("number", "stage", "text", "category", "supporters", "raised_at", "stage_since", "due_at")
    return tables.table(columns, ([one[column] for column in columns] for one in found))


def updates(asked: Asked) -> Any:
    """The latest news of all topics of a community, newest first."""
    some = followup.newest(asked.conn, most=UPDATES_A_LOOK)
    about = {one.id: one for one in topics.topics_by_id(asked.conn, [one.topic_id for one in some])}
    mine = [one for one in some if about[one.topic_id].community_id == asked.community.id]
    return [shapes.update(one, about[one.topic_id].number) for one in mine if about[one.topic_id].is_public]


def poll_list(asked: Asked) -> Any:
    """Polls that were opened, newest first."""
    found = polls.polls(asked.conn, asked.community.id, PUBLIC_POLLS)[::-1]
    part = _part(found, asked)
    return _page([shapes.poll(one, _electors(asked, one)) for one in part], len(found), asked)


def poll(asked: Asked) -> Any:
    """One poll and its terms."""
    found = _poll(asked)
    return shapes.poll(found, _electors(asked, found))


def result(asked: Asked) -> Any:
    """The result of a closed poll."""
    return _result(asked, _poll(asked)).to_json()


def result_table(asked: Asked) -> Any:
    """The result of a closed poll as a table; the group "" is everybody."""
    found = _poll(asked)
    rows = tables.result_rows(asked.community, found, _result(asked, found))
    return tables.table(("group", "option", "count"), rows)


def motions(asked: Asked) -> Any:
    """Polls as Popolo motions with their vote events, newest first."""
    found = polls.polls(asked.conn, asked.community.id, PUBLIC_POLLS)[::-1]
    return _page([_motion(asked, one) for one in _part(found, asked)], len(found), asked)


def motion(asked: Asked) -> Any:
    """One poll as a Popolo motion."""
    return _motion(asked, _poll(asked))


def vote_event(asked: Asked) -> Any:
    """One poll as a Popolo vote event: counts, no voters."""
    found = _poll(asked)
    return popolo.vote_event(asked.community, found, _maybe_result(asked, found), _opened(asked, found))


def flow_results(asked: Asked) -> Any:
    """A closed poll as a FLOIP flow-results package: its descriptor."""
    found = _poll(asked)
    _result(asked, found)
    return floip.descriptor(asked.community, found, f"{asked.here}/polls/{found.number}")


def flow_responses(asked: Asked) -> Any:
    """The rows of that package: the published ballots, of nobody."""
    found = _poll(asked)
    return floip.responses(found, _result(asked, found), polls.choices(asked.conn, found.number))


def panel_list(asked: Asked) -> Any:
    """Panels whose list is fixed, newest first."""
    found = [one for one in panels.panels(asked.conn, asked.community.id) if one.commitment is not None][::-1]
    return _page([shapes.panel(one) for one in _part(found, asked)], len(found), asked)


def meeting_list(asked: Asked) -> Any:
    """Meetings, the latest first."""
    found = meetings.meetings(asked.conn, asked.community.id)[::-1]
    return _page([shapes.meeting(one) for one in _part(found, asked)], len(found), asked)


def digest(asked: Asked) -> Any:
    """A month: what people spoke of, counted by people."""
    try:
        month = named_month(asked.values["month"], asked.community.timezone)
    except InputError:
        raise NotFound("address_unknown") from None
    made = make_digest(asked.conn, [asked.community.id], month.before, month.start, month.end)
    keys = [key for entry in made.entries for key in entry.spot.topics]
    public = {one.id: one for one in topics.topics_by_id(asked.conn, keys) if one.is_public}
    return shapes.digest(published(made), month.name, public)


def entries(asked: Asked) -> Any:
    """Entries of the public record, from `start` on."""
    return [shapes.entry(one) for one in record.entries(asked.conn, asked.values["start"], asked.values["per_page"])]


def consultations(asked: Asked) -> Any:
    """What the community asked those below it, or was asked; counted once it is over, small cells withheld."""
    found = township.consultations(asked.conn, [asked.community.id])
    return [shapes.consultation(one, roll.community(asked.conn, one.community_id).code) for one in found]


def overview(asked: Asked) -> Any:
    """The communities of the token side by side, in counts; spots that many people spoke of, without words."""
    made = from_above.overview(asked.conn, list(asked.communities.values()), asked.at)
    return shapes.overview(made)


def missing(asked: Asked) -> Any:
    """Who was not reached and did not take part in a year, by kinds of people; small kinds are kept back."""
    return shapes.missing(from_above.missing(asked.conn, asked.community, asked.at))


def _topic(asked: Asked) -> Topic:
    found = topics.topic(asked.conn, asked.values["topic"], asked.community.id)
    if found is None:
        raise NotFound("topic_unknown", number=asked.values["topic"])
    return found


def _poll(asked: Asked) -> Poll:
    found = polls.poll(asked.conn, asked.values["number"])
    if found.community_id != asked.community.id or found.state not in PUBLIC_POLLS:
        raise NotFound("poll_unknown", poll=asked.values["number"])
    return found


def _electors(asked: Asked, found: Poll) -> int:
    return polls.turnout(asked.conn, found.number).eligible


def _maybe_result(asked: Asked, found: Poll) -> Result | None:
    return polls.result(asked.conn, found.number) if found.state is PollState.CLOSED else None


def _result(asked: Asked, found: Poll) -> Result:
    made = _maybe_result(asked, found)
    if made is None:
        raise NotFound("result_not_yet", poll=found.number)
    return made


def _motion(asked: Asked, found: Poll) -> dict[str, Any]:
    return popolo.motion(asked.community, found, _maybe_result(asked, found), _opened(asked, found))


def _opened(asked: Asked, found: Poll) -> str | None:
    about = record.entries_about(asked.conn, f"poll:{found.number}")
    return next((moment_text(one.at) for one in about if one.kind == "poll.opened"), None)


def _part(found: Sequence[Any], asked: Asked) -> Sequence[Any]:
    size = asked.values["per_page"]
    return found[(asked.values["page"] - 1) * size :][:size]


def _page(items: Sequence[Any], total: int, asked: Asked) -> dict[str, Any]:
    size = asked.values["per_page"]
    return {"items": items, "page": asked.values["page"], "pages": max(1, -(-total // size)), "total": total}
