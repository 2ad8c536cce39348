"""The record over HTTP: every answer can be checked by the script that stands alone, and leads to all the others."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway, record_origin
from gateway.record import signing, verify
from gateway.record.actions import append
from gateway.web.public_app import create_public_app
from tests.fakes import NOON


@pytest.fixture
def client(gateway: Gateway) -> FlaskClient:
    with gateway.db.work() as tx:
        for n in range(9):
            append(tx, "topic.supported" if n % 2 else "topic.raised", f"topic:{n % 3}", {"n": n}, at=NOON)
        tx.commit()
    return create_public_app(gateway).test_client()


def test_record_is_read_before_anything_is_signed(client: FlaskClient) -> None:
    start = client.get("/record/").json
    assert (start["size"], start["checkpoint"], start["keys"]) == (9, None, [])
    assert client.get("/record/checkpoint").status_code == 404
    assert "not signed yet" in verify.verify_proof(client.get("/record/entries/3").json)
    assert verify.verify(client.get("/record/record.jsonl").text.splitlines()).size == 9


def test_every_answer_can_be_checked_alone(client: FlaskClient, gateway: Gateway) -> None:
    origin = record_origin(gateway.settings)
    assert origin == "village.example/record"
    signing.sign_due(gateway.ports, origin)
    start = client.get("/record/").json
    keys = [key["key"] for key in start["keys"]]
    newest = client.get("/record/checkpoint").text
    assert start["checkpoint"]["note"] == newest
    assert verify.signers_of(verify.read_note(newest), keys) == keys
    for address in (
        "entries/4",
        "proof/inclusion?seq=8&size=9",
        "proof/consistency?from=3",
        "proof/consistency?from=1&to=5",
    ):
        assert verify.verify_proof(client.get(f"/record/{address}").json, keys), address
    whole = client.get("/record/record.jsonl").text.splitlines()
    found = verify.verify(whole, kept=[newest], keys=keys, digits=[start["digits"]])
    assert (found.size, found.digits) == (10, start["digits"])
    assert client.get("/record/verify.py").text.startswith('"""The check of the public record')


def test_checkpoints_are_found_by_size_and_by_digits(client: FlaskClient, gateway: Gateway) -> None:
    signing.sign_due(gateway.ports, record_origin(gateway.settings))
    listed = client.get("/record/checkpoints?above=3&limit=2").json["checkpoints"]
    assert [one["size"] for one in listed] == [5, 7]
    digits = listed[0]["digits"]
    spaced = f"{digits[:4]}%20{digits[4:8]}%20{digits[8:]}"
    assert client.get(f"/record/checkpoints?digits={spaced}").json["checkpoints"] == listed[:1]
    assert client.get("/record/checkpoints/5").json == listed[0]
    assert client.get("/record/checkpoints/5.txt").text == listed[0]["note"]
    about = client.get("/record/entries?about=topic:1&limit=2").json["entries"]
    assert [entry["seq"] for entry in about] == [1, 4]
    assert client.get("/record/entries?start=7").json["entries"][0]["seq"] == 7


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("entries/99", 404), ("checkpoints/4", 404), ("checkpoints/4.txt", 404), ("proof/inclusion?seq=1&size=4", 404),
        ("proof/inclusion", 400), ("proof/inclusion?seq=x", 400), ("proof/consistency?from=0", 404),
        ("proof/consistency?from=11", 404), ("entries?limit=-1", 400), ("checkpoints?above=9999999999999", 400),
        ("checkpoints?digits=x", 200), ("nothing", 404),
    ],
)  # fmt: skip
def test_what_the_record_has_not_is_refused(client: FlaskClient, address: str, status: int) -> None:
    assert client.get(f"/record/{address}").status_code == status
