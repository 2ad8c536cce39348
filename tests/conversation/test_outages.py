"""Redis stops in the middle of the day: votes and topics are still taken, what is to go out waits in the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gateway.kernel.db import Database, open_engine
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.kernel.queue import RedisQueue, connect_queue
from gateway.kernel.recent import RedisCounts
from gateway.polls import views as polls
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording
from tests.conversation.texting import Texting, rows
from tests.messaging.village import attempts, start
from tests.polls.village import a_village, an_open_poll
from tests.servers import redis_server


def test_votes_and_topics_are_taken_while_redis_is_down(
    ports: Ports, database_url: str, wording: Wording, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    village = a_village(ports)
    poll = an_open_poll(ports, village)
    with ports.db.read() as conn:
        line = roll.community(conn, village.id).line
    assert line
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis") as url:
        connection = connect_queue(url)
        database = Database(open_engine(database_url), RedisQueue(connection))
        live = replace(ports, db=database, recent=RedisCounts(connection))
        people = [Texting(live, wording, PhoneNumber(f"+86138{one:08}"), line) for one in village.people]
        assert "回执" in people[0].text(f"投{poll} 1")
    # The server is gone now.
    answers = [person.text(f"投{poll} 2") for person in people[1:4]]
    answers += [people[4].text("议题 村口的路灯坏了")]
    assert all("回执" in answer for answer in answers[:3])
    start(live, village.id, village.people)
    with live.db.read() as conn:
        assert polls.turnout(conn, poll).participants == 4
    assert len(rows(live, "topic")) == 1
    assert ("text", "ready") in attempts(live)
    kind = database.engine.dialect.name
    figure(
        f"Redis stopped, {kind}: 3 of 3 votes and 1 of 1 topic taken, {len(village.people)} texts wait in the outbox"
    )
    database.engine.dispose()
    connection.close()
