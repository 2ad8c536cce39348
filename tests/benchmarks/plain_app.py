"""The baseline of the webhooks: Flask, the library's `RequestValidator` and two statements through Core, and nothing else.

The same server, the same database with the same durability as the product (`gateway.kernel.db.open_engine`).
"""

from __future__ import annotations

import os

from flask import Flask, Response, abort, request
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, bindparam, insert, update
from sqlalchemy.dialects import sqlite
from twilio.request_validator import RequestValidator

from gateway.kernel.db import Database, open_engine
from tests.benchmarks.town import NoQueue

tables = MetaData()
seen = Table("plain_seen", tables, Column("id", Integer, primary_key=True), Column("key", String(64), unique=True))
ballot = Table("plain_ballot", tables, Column("number", String(16), primary_key=True), Column("choice", String(16)))

_SEEN = insert(seen)
_CAST = update(ballot).where(ballot.c.number == bindparam("sender")).values(choice=bindparam("body"))


def make_tables(engine: Engine, numbers: list[str]) -> None:
    """The two tables, with a ballot for each of `numbers`."""
    tables.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(ballot), [{"number": number, "choice": ""} for number in numbers])


def plain() -> Flask:
    """The app; `DATABASE_URL`, `PUBLIC_URL` and `TWILIO_AUTH_TOKEN` from the environment."""
    app = Flask("plain", static_folder=None)
    database = Database(open_engine(os.environ["DATABASE_URL"]), NoQueue())
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    public_url = os.environ["PUBLIC_URL"]

    @app.post("/twilio/sms")
    def text() -> Response:
        if not validator.validate(public_url + "/twilio/sms", request.form, request.headers["X-Twilio-Signature"]):
            abort(403)
        with database.work() as tx:
            tx.execute(_SEEN, {"key": request.form["MessageSid"]})
            tx.execute(_CAST, {"sender": request.form["From"], "body": request.form["Body"]})
            tx.commit()
        return Response("<Response><Message>ok</Message></Response>", content_type="text/xml")

    return app


def behind_kannel() -> Flask:
    """The same without a signature, as a service behind Kannel; it makes its own tables."""
    app = Flask("plain", static_folder=None)
    engine = open_engine(os.environ["DATABASE_URL"])
    database = Database(engine, NoQueue())
    tables.create_all(engine)
    cast = sqlite.insert(ballot).values(number=bindparam("sender"), choice=bindparam("body"))
    cast = cast.on_conflict_do_update(index_elements=["number"], set_={"choice": cast.excluded.choice})

    @app.get("/plain")
    def text() -> Response:
        with database.work() as tx:
            tx.execute(_SEEN, {"key": request.args["id"]})
            tx.execute(cast, {"sender": request.args["from"][:16], "body": request.args["body"][:16]})
            tx.commit()
        return Response("ok", content_type="text/plain")

    return app
