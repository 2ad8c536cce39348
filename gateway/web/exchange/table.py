"""The table of routes of the REST interface; addresses and the OpenAPI document are made of it and cannot differ."""

from __future__ import annotations

from gateway.systems.model import Scope
from gateway.web.exchange import answers
from gateway.web.exchange.routing import (
    COMMUNITY,
    CSV,
    MONTH,
    NUMBER,
    PAGED,
    PER_PAGE,
    START,
    TOPIC,
    Parameter,
    Route,
)
from gateway.web.exchange.schemas import STAGE, many, paged, ref

_HERE = "/communities/{community}"
_ONE, _POLL, _TOPIC = (COMMUNITY,), (COMMUNITY, NUMBER), (COMMUNITY, TOPIC)
_STAGE = Parameter("stage", "Only topics of this stage.", STAGE)
_TABLE = {"type": "string"}

ROUTES: tuple[Route, ...] = (
    Route("/communities", "Communities", answers.communities, many(ref("Community"))),
    Route(_HERE, "One community", answers.community, ref("Community"), _ONE),
    Route(f"{_HERE}/topics", "Topics", answers.topic_list, paged(ref("Topic")), (*PAGED, _STAGE)),
    Route(f"{_HERE}/topics.csv", "Topics as a table", answers.topic_table, _TABLE, _ONE, media=CSV),
    Route(f"{_HERE}/topics/{{topic}}", "One topic", answers.topic, ref("Topic"), _TOPIC),
    Route(f"{_HERE}/topics/{{topic}}/updates", "News of a topic", answers.topic_updates, many(ref("Update")), _TOPIC),
    Route(f"{_HERE}/promises", "What was promised", answers.promises, paged(ref("Promise")), PAGED),
    Route(f"{_HERE}/topics/{{topic}}/verdicts", "Is it done?", answers.verdicts, many(ref("Verdict")), _TOPIC),
    Route(f"{_HERE}/updates", "Latest news", answers.updates, many(ref("Update")), _ONE),
    Route(f"{_HERE}/polls", "Polls", answers.poll_list, paged(ref("Poll")), PAGED),
    Route(f"{_HERE}/polls/{{number}}", "One poll", answers.poll, ref("Poll"), _POLL),
    Route(f"{_HERE}/polls/{{number}}/result", "A result", answers.result, ref("Result"), _POLL),
    Route(
        f"{_HERE}/polls/{{number}}/result.csv", "A result as a table", answers.result_table, _TABLE, _POLL, media=CSV
    ),
    Route(f"{_HERE}/polls/{{number}}/motion", "A poll as a Popolo motion", answers.motion, ref("Motion"), _POLL),
    Route(f"{_HERE}/polls/{{number}}/vote_event", "… as a vote event", answers.vote_event, ref("VoteEvent"), _POLL),
    Route(f"{_HERE}/polls/{{number}}/floip", "A FLOIP package", answers.flow_results, ref("FlowResults"), _POLL),
    Route(f"{_HERE}/polls/{{number}}/floip/responses", "Its rows", answers.flow_responses, ref("FlowResponses"), _POLL),
    Route(f"{_HERE}/motions", "Polls as Popolo motions", answers.motions, paged(ref("Motion")), PAGED),
    Route(f"{_HERE}/panels", "Panels", answers.panel_list, paged(ref("Panel")), PAGED),
    Route(f"{_HERE}/meetings", "Meetings", answers.meeting_list, paged(ref("Meeting")), PAGED),
    Route(f"{_HERE}/digests/{{month}}", "A month", answers.digest, ref("Digest"), (COMMUNITY, MONTH)),
    Route(f"{_HERE}/consultations", "What was asked of many", answers.consultations, many(ref("Consultation")), _ONE),
    Route("/overview", "All communities in counts", answers.overview, ref("Overview"), scope=Scope.OVERVIEW),
    Route(f"{_HERE}/missing", "Who is missing", answers.missing, ref("Missing"), _ONE, scope=Scope.OVERVIEW),
    Route("/record/entries", "The public record", answers.entries, many(ref("Entry")), (START, PER_PAGE)),
)
