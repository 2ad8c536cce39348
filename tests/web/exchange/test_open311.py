"""GeoReport v2 both ways: topics in by a system with a key, status out for anybody, in XML and JSON, by its own schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.model import Stage
from tests.web.sample import DECLINED_TOPIC, HIDDEN_TOPIC, Sample

BASE = "/open311/v2"
KINDS: dict[str, Any] = {"string": str, "boolean": bool, "number": (int, float), "null": type(None)}


def misfits(value: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """What of a flat object is not as its schema says."""
    found = [f"{name} is missing" for name in schema["required"] if name not in value]
    for name, one in value.items():
        says = schema["properties"].get(name)
        choices = says.get("anyOf", [says]) if says else []
        if not any(isinstance(one, KINDS[each["type"]]) and one in each.get("enum", [one]) for each in choices):
            found.append(f"{name}: {one!r}")
    return found


def schema(shared_data: Path, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared_data / "schemas" / "open311" / f"{name}.json").read_text())
    return loaded


def test_services_and_requests_fit_the_schemas(client: FlaskClient, sample: Sample, shared_data: Path) -> None:
    services = client.get(f"{BASE}/services.json?jurisdiction_id={sample.code}").get_json()
    assert len(services) == 11
    assert not [p for one in services for p in misfits(one, schema(shared_data, "service"))]
    found = client.get(f"{BASE}/requests.json?jurisdiction_id={sample.code}").get_json()
    assert {one["service_request_id"] for one in found} == {sample.accepted, sample.done, sample.hostile}
    assert not [p for one in found for p in misfits(one, schema(shared_data, "request"))]
    codes = {one["service_code"] for one in services}
    assert {one["service_code"] for one in found} <= codes


def test_xml_says_the_same_as_json(client: FlaskClient, sample: Sample) -> None:
    for path, root, each in (
        ("services", "services", "service"),
        ("requests", "service_requests", "request"),
        (f"requests/{sample.done}", "service_requests", "request"),
        (f"tokens/{sample.done}", "service_requests", "request"),
    ):
        query = f"?jurisdiction_id={sample.code}"
        answer = client.get(f"{BASE}/{path}.xml{query}")
        assert answer.mimetype == "text/xml"
        tree = ET.fromstring(answer.data)
        assert (tree.tag, {one.tag for one in tree}) == (root, {each})
        plain = [{child.tag: child.text or "" for child in one} for one in tree]
        said = client.get(f"{BASE}/{path}.json{query}").get_json()
        texts = {True: "true", False: "false", None: ""}
        assert plain == [{k: texts.get(v, v) if not isinstance(v, str) else v for k, v in one.items()} for one in said]


def test_status_of_a_topic_is_open_until_it_is_done(client: FlaskClient, sample: Sample) -> None:
    def one(number: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"{BASE}/requests/{number}.json").get_json()[0]
        return found

    assert [one(number)["status"] for number in (sample.accepted, sample.done)] == ["open", "closed"]
    hidden, declined = one(sample.raised), one(sample.declined)
    assert (hidden["status"], hidden["description"]) == ("open", None)
    assert (declined["status"], declined["description"]) == ("closed", None)
    everything = client.get(f"{BASE}/requests.xml?jurisdiction_id={sample.code}").text
    assert HIDDEN_TOPIC not in everything
    assert DECLINED_TOPIC not in everything


def test_requests_are_narrowed_down(client: FlaskClient, sample: Sample) -> None:
    def ask(**query: str) -> list[str]:
        answer = client.get(f"{BASE}/requests.json", query_string={"jurisdiction_id": sample.code, **query})
        return [one["service_request_id"] for one in answer.get_json()]

    assert ask(status="closed") == [sample.done]
    assert ask(start_date="2026-11-25T00:00:00Z") == []
    assert sample.done in ask(start_date="2026-11-24T00:00:00+08:00", end_date="2026-11-25T00:00:00Z")
    assert ask(service_request_id=f"{sample.done},{sample.accepted}") == [sample.done, sample.accepted]


def post(client: FlaskClient, form: str = "json", **fields: str) -> Any:
    return client.post(f"{BASE}/requests.{form}", data=fields)


def test_system_hands_in_a_topic_that_is_screened_like_any_other(
    client: FlaskClient, give: Callable[..., str], sample: Sample, gateway: Gateway
) -> None:
    key = give("report", community=sample.code)
    answer = post(
        client, api_key=key, service_code="roads", description="桥头路面塌了一块", jurisdiction_id=sample.code
    )
    assert answer.status_code == 201
    (made,) = answer.get_json()
    with gateway.db.read() as conn:
        topic = topics.topic(conn, made["service_request_id"])
        assert topic is not None
        author = roll.resident(conn, topic.author_id)
        assert topic.author_id not in {one.resident_id for one in roll.electorate(conn, topic.community_id)}
    assert (topic.stage, topic.category, author.is_guest) == (Stage.RAISED, "roads", True)
    again = ET.fromstring(post(client, "xml", api_key=key, service_code="other", description="又一件事").data)
    assert again.findtext("request/service_request_id")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"api_key": ""}, 403),
        ({"api_key": "xy_wrong"}, 403),
        ({"service_code": ""}, 400),
        ({"service_code": "magic"}, 404),
        ({"description": ""}, 400),
        ({"description": "字" * 501}, 400),
        ({"jurisdiction_id": "zhuyuan"}, 403),
    ],
)
def test_what_cannot_be_handed_in_is_refused(
    client: FlaskClient, give: Callable[..., str], sample: Sample, change: dict[str, str], status: int
) -> None:
    fields = {"api_key": give("report", community=sample.code), "service_code": "roads", "description": "路坏了"}
    answer = post(client, "xml", **fields | change)
    assert answer.status_code == status
    error = ET.fromstring(answer.data).find("error")
    assert error is not None
    assert error.findtext("code") == str(status)
    assert error.findtext("description")


def test_reading_key_cannot_hand_in(client: FlaskClient, give: Callable[..., str], sample: Sample) -> None:
    key = give("read", community=sample.code)
    assert post(client, api_key=key, service_code="roads", description="路坏了").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services.yaml", 404),
        ("requests/1.json", 404),
        ("requests/abc.json", 404),
        ("requests.json", 400),
        ("requests.json?jurisdiction_id=nowhere", 404),
        ("requests.json?jurisdiction_id=qiaotou&start_date=yesterday", 400),
        ("requests.json?jurisdiction_id=qiaotou&start_date=2026-99-99T00:00:00Z", 400),
        ("services/magic.json", 404),
        ("services/roads.json", 200),
    ],
)
def test_wrong_questions_are_answered_with_their_status(
    client: FlaskClient, sample: Sample, path: str, status: int
) -> None:
    assert client.get(f"{BASE}/{path}").status_code == status
