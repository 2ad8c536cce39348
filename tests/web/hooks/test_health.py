"""Alive, ready, and the operator's figures."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from flask.testing import FlaskClient
from sqlalchemy import select

from gateway.bootstrap import Gateway
from gateway.cli.processes import programs
from gateway.kernel.db import Database, metadata, open_engine
from gateway.kernel.queue import RedisQueue
from gateway.kernel.spool import FileSpool
from gateway.messaging import outages
from gateway.settings import load_settings
from gateway.web.public_app import create_public_app
from tests.carriers.twilio.requests_in import call_fields, status_fields, text_fields
from tests.fakes import RecordingQueue
from tests.web.sample import PRIVATE_TEXT, Sample
from tests.web.signing import signed_post


def _client(gateway: Gateway) -> FlaskClient:
    return create_public_app(gateway).test_client()


def _without_database(gateway: Gateway) -> Gateway:
    nowhere = Database(open_engine("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"), RecordingQueue())
    return replace(gateway, ports=replace(gateway.ports, db=nowhere))


def test_health_needs_nothing_but_the_process(gateway: Gateway) -> None:
    assert _client(_without_database(gateway)).get("/healthz").status_code == 200


def test_readiness_without_the_queue_is_degraded(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"state": "degraded", "database": "ok", "migrations": "current", "queue": "down"}


def test_readiness_with_everything(gateway: Gateway, redis_connection: redis.Redis) -> None:
    answer = _client(replace(gateway, redis=redis_connection)).get("/readyz")
    assert (answer.status_code, answer.get_json()["state"]) == (200, "ready")


def test_readiness_without_the_database_fails(gateway: Gateway) -> None:
    answer = _client(_without_database(gateway)).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"state": "unready", "database": "down", "migrations": "unknown", "queue": "down"}


def test_readiness_of_an_empty_database_fails(gateway: Gateway, tmp_path: Path) -> None:
    empty = Database(open_engine(f"sqlite:///{tmp_path / 'empty.db'}"), RecordingQueue())
    answer = _client(replace(gateway, ports=replace(gateway.ports, db=empty))).get("/readyz")
    empty.engine.dispose()
    assert (answer.status_code, answer.get_json()["migrations"]) == (503, "outdated")


def test_hook_without_the_database_asks_to_come_again(gateway: Gateway) -> None:
    client = _client(_without_database(gateway))
    assert signed_post(client, "/twilio/sms", dict(text_fields())).status_code == 503
    assert signed_post(client, "/twilio/status/message?a=1", dict(status_fields())).status_code == 503
    assert client.get("/").status_code == 503


def test_people_who_come_without_the_database_wait_in_a_file_for_the_outage_log(gateway: Gateway) -> None:
    spool = FileSpool(gateway.settings.data_dir / "outages")
    without = replace(gateway, ports=replace(gateway.ports, turned_away=spool))
    client = _client(_without_database(without))
    for _ in range(2):
        signed_post(client, "/twilio/sms", dict(text_fields()))
    signed_post(client, "/twilio/voice", dict(call_fields()))
    signed_post(client, "/twilio/status/message?a=1", dict(status_fields()))
    client.post("/twilio/sms", data=dict(text_fields()))  # nobody has signed it
    kinds = [line.split(" ")[0] for line in spool.take()]
    assert kinds == ["text", "text", "call"]
    outages.take_in(without.ports)
    with gateway.db.read() as conn:
        rows = conn.execute(select(metadata.tables["turned_away"])).all()
    assert sorted(row.kind for row in rows) == ["call", "text"]


def test_call_without_the_database_is_left_to_the_fallback_address(gateway: Gateway) -> None:
    answer = signed_post(_client(_without_database(gateway)), "/twilio/voice", dict(call_fields()))
    assert answer.status_code == 503


# --- figures -----------------------------------------------------------------------------------------------------


def test_metrics_are_for_this_machine_without_a_token(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": ""}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer figures", 200),
        ("Bearer figure", 403),
        ("Bearer ", 403),
        ("figures", 403),
        ("", 403),
        ("Bearer 图", 403),
    ],
)
def test_metrics_are_for_who_brings_the_token(gateway: Gateway, header: str, status: int) -> None:
    client = _client(replace(gateway, settings=replace(gateway.settings, metrics_token="figures")))
    answer = client.get("/metrics", headers={"Authorization": header.encode().decode("latin-1")})
    assert answer.status_code == status


def test_metrics_tell_how_things_stand_and_nothing_of_anybody(
    gateway: Gateway, sample: Sample, redis_connection: redis.Redis
) -> None:
    RedisQueue(redis_connection).call("bulk", "send_due")
    text = _client(replace(gateway, redis=redis_connection)).get("/metrics").text
    assert 'xiangyin_up{part="database"} 1.0' in text
    assert 'xiangyin_queue_jobs{queue="bulk"} 1.0' in text
    assert 'xiangyin_queue_jobs{queue="urgent"} 0.0' in text
    assert f'xiangyin_poll_participants{{poll="{sample.open_poll}"}}' in text
    assert f'poll="{sample.closed_poll}"' not in text
    assert re.search(r"^xiangyin_waiting_texts [1-9]", text, re.MULTILINE)
    assert not [word for word in ("13800000", "陈大山", PRIVATE_TEXT, "yes", "abstain") if word in text]


def test_metrics_without_database_and_queue_say_so(gateway: Gateway) -> None:
    text = _client(_without_database(gateway)).get("/metrics").text
    assert 'xiangyin_up{part="database"} 0.0' in text
    assert 'xiangyin_up{part="queue"} 0.0' in text


# --- the app -----------------------------------------------------------------------------------------------------


def test_public_app_has_no_sessions_and_neutral_errors(client: FlaskClient) -> None:
    assert client.application.secret_key is None
    answer = client.post("/nowhere")
    assert (answer.status_code, answer.text) == (404, "404 Not Found\n")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_servers_are_pointed_at_the_apps(tmp_path: Path) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path)})
    factories = [
        part for program in programs(settings) for part in program.command if part.endswith((":public", ":console"))
    ]
    assert len(factories) == 2
    for factory in factories:
        module, _, name = factory.partition(":")
        assert callable(getattr(importlib.import_module(module), name))
