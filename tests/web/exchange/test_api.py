"""The REST interface: tokens open what they are for, answers have the promised shape, nothing personal is in them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.followup import confirming
from gateway.systems import actions, store, views
from gateway.topics import views as topic_views
from gateway.web.exchange.table import ROUTES
from tests.fakes import StillClock
from tests.followup.promising import a_plan
from tests.meetings.gathering import work
from tests.web.exchange.conftest import Ask, values_of
from tests.web.exchange.shapes import problems
from tests.web.sample import DECLINED_TOPIC, HIDDEN_TOPIC, Sample

NAMES = ("陈大山", "李秀英", "王水生", "Anna", "张桂兰", "何阿香", "林文书", "13800000", HIDDEN_TOPIC, DECLINED_TOPIC)


def address(path: str, sample: Sample) -> str:
    values = {"community": sample.code, "number": sample.closed_poll, "topic": sample.accepted, "month": "2026-11"}
    return path.format_map(values)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_answer_has_the_promised_shape_and_no_person(ask: Ask, sample: Sample, route: object) -> None:
    document = ask("/openapi.json").get_json()
    answer = ask(address(route.path, sample))  # type: ignore[attr-defined]
    promised = document["paths"][route.path]["get"]["responses"]["200"]["content"]  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    assert answer.mimetype in promised
    if answer.mimetype == "application/json":
        parts = document["components"]["schemas"]
        assert not problems(answer.get_json(), promised["application/json"]["schema"], parts)
    assert not [name for name in NAMES if name in answer.text]


def test_promises_and_verdicts_have_the_promised_shape(
    ask: Ask, sample: Sample, gateway: Gateway, clock: StillClock
) -> None:
    ports = gateway.ports
    with gateway.db.read() as conn:
        lamp, fence = (topic_views.topic(conn, number) for number in (sample.accepted, sample.done))
    assert lamp
    assert fence
    a_plan(ports, lamp, gateway.wording)
    work(ports, lambda tx: confirming.ask_now(tx, fence.id, at=clock.now(), wording=gateway.wording))
    clock.advance(days=15)
    confirming.close_due(ports, wording=gateway.wording)
    document = ask("/openapi.json").get_json()["components"]["schemas"]
    promised = values_of(ask(f"/communities/{sample.code}/promises"))["items"]
    verdicts = values_of(ask(f"/communities/{sample.code}/topics/{sample.done}/verdicts"))
    assert [one["light"] for one in promised] == ["red", "blue"]
    assert [one["answered"] for one in verdicts] == [0]
    for name, found in (("Promise", promised), ("Verdict", verdicts)):
        assert not [wrong for one in found for wrong in problems(one, document[name], document)]


def test_document_describes_every_address_and_only_those(ask: Ask, client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    rules = {
        re.sub(r"<([a-z]+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
        for rule in client.application.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert set(document["paths"]) == rules - {"/openapi.json"}
    assert document["openapi"] == "3.1.0"
    used = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert used == set(document["components"]["schemas"])


def test_token_opens_its_community_and_those_below(
    client: FlaskClient, give: Callable[..., str], sample: Sample
) -> None:
    token = give("read", community=sample.code)

    def status(path: str, text: str = token) -> int:
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {text}"}).status_code

    assert status(f"/communities/{sample.code}") == 200
    assert status(f"/communities/{sample.other_code}") == 404
    assert status(f"/communities/{sample.code}/topics/{sample.other_topic}") == 404
    assert status(f"/communities/{sample.code}/polls/{sample.draft_poll}") == 404
    assert status(f"/communities/{sample.code}/polls/{sample.open_poll}/result") == 404
    assert status("/overview") == 403
    assert status("/communities", "xy_wrong") == 401
    assert status("/communities", "") == 401
    assert client.get("/api/v1/communities").headers["WWW-Authenticate"] == "Bearer"


def test_token_ends_by_its_day_and_by_being_revoked(
    client: FlaskClient, give: Callable[..., str], gateway: Gateway, clock: StillClock
) -> None:
    first, second = give("read", days=2), give("read", days=20)

    def status(text: str) -> int:
        return client.get("/api/v1/communities", headers={"Authorization": f"Bearer {text}"}).status_code

    assert (status(first), status(second)) == (200, 200)
    clock.advance(days=3)
    assert (status(first), status(second)) == (401, 200)
    with gateway.db.work() as tx:
        number = next(one.id for one in views.tokens(tx.connection) if one.is_valid(clock.now()))
        actions.revoke_token(tx, number, at=clock.now())
        tx.commit()
    assert status(second) == 401


def test_token_is_kept_as_a_hash_only(give: Callable[..., str], gateway: Gateway) -> None:
    text = give("read")
    with gateway.db.read() as conn:
        rows = str([tuple(row) for row in conn.execute(store.system_token.select())])
    assert text not in rows
    assert text.removeprefix("xy_") not in rows


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/communities/{community}/topics", {"page": "0"}, 400),
        ("/communities/{community}/topics", {"per_page": "1000"}, 400),
        ("/communities/{community}/topics", {"stage": "wild"}, 400),
        ("/communities/{community}/topics/12", {}, 404),
        ("/communities/{community}/digests/2026-13", {}, 404),
        ("/communities/{community}/digests/0000-01", {}, 404),
        ("/communities/{community}/polls/0", {}, 404),
        ("/communities/{community}/polls/99999999999999999999", {}, 404),
        ("/record/entries", {"start": "-1"}, 400),
        ("/communities/{community}/topics", {"page": "1000000"}, 200),
    ],
)
def test_wrong_values_are_refused_by_name(
    ask: Ask, sample: Sample, path: str, query: dict[str, str], status: int
) -> None:
    answer = ask(address(path, sample), **query)
    assert answer.status_code == status
    if status == 400:
        assert next(iter(query)) in answer.get_json()["error"]["message"]


def test_topics_are_paged_and_narrowed_down(ask: Ask, sample: Sample) -> None:
    first = values_of(ask(f"/communities/{sample.code}/topics", per_page=2))
    assert (len(first["items"]), first["pages"], first["total"]) == (2, 3, 5)
    done = values_of(ask(f"/communities/{sample.code}/topics", stage="done"))
    assert [one["number"] for one in done["items"]] == [sample.done]
    raised = values_of(ask(f"/communities/{sample.code}/topics/{sample.raised}"))
    assert (raised["text"], raised["supporters"]) == (None, None)


def test_table_cannot_be_taken_for_a_formula(ask: Ask, sample: Sample) -> None:
    from gateway.web.exchange.tables import table

    text = table(("a",), [("=1+1",), ("+8613800000000",), ("好",), (None,)])
    assert text == "\ufeffa\r\n'=1+1\r\n'+8613800000000\r\n好\r\n\r\n" or text.splitlines()[1] == "'=1+1"
    rows = ask(f"/communities/{sample.code}/polls/{sample.closed_poll}/result.csv").text
    assert ",yes,3" in rows
