"""The township's page: its villages side by side, in counts that their own pages show too, and nobody's words."""

from __future__ import annotations

from datetime import timedelta

from gateway.bootstrap import Gateway
from gateway.roll import actions as roll
from gateway.roll.model import NewCommunity
from gateway.systems.subjects import community_of
from gateway.topics import actions as topics
from gateway.township import consulting
from gateway.township.model import ConsultationDraft
from gateway.web.public_app import create_public_app
from tests.polls.village import a_village
from tests.web.html import check_page


def test_villages_stand_side_by_side_in_counts(gateway: Gateway) -> None:
    now, text = gateway.ports.clock.now(), "村口的路灯坏了半个月"
    village = a_village(gateway.ports, 8)
    with gateway.db.work() as tx:
        roll.add_community(tx, NewCommunity("town", "龙井镇"))
        roll.add_community(tx, NewCommunity("lake", "湖边村", parent_code="town"))
        tx.commit()
    with gateway.db.work() as tx:
        from sqlalchemy import update

        from gateway.kernel.db import metadata

        community = metadata.tables["community"]
        town = tx.execute(community.select().where(community.c.code == "town")).one().id
        tx.execute(update(community).where(community.c.id == village.id).values(parent_id=town))
        made = topics.raise_topic(tx, village.id, village.people[0], text, at=now)
        for person in village.people[1:6]:
            topics.support(tx, made.id, person, at=now)
        tx.commit()
    gateway.ports.clock.advance(days=4)  # type: ignore[attr-defined]
    client = create_public_app(gateway).test_client()
    for language in ("zh", "en"):
        check_page(client.get(f"/c/town/villages?language={language}").text, language)
    page = client.get("/c/town/villages?language=en").text
    assert '石滩村</a></th><td class="count">1</td>' in page
    assert '湖边村</a></th><td class="count">0</td>' in page
    assert "6 people in 1 villages" in page
    assert text not in page
    draft = ConsultationDraft(town, (village.id,), {"zh": "班车几点好?", "en": "When?"}, {"zh": ("七点", "八点"), "en": ("7", "8")},
                              now + timedelta(days=9))  # fmt: skip
    with gateway.db.work() as tx:
        number = consulting.ask(tx, draft, at=gateway.ports.clock.now(), wording=gateway.wording).number
        tx.commit()
    assert "Nothing is known before" in client.get("/c/town/villages?language=en&page=2").text
    with gateway.db.work() as tx:
        for person in village.people[:2]:
            consulting.answer(tx, number, person, 1, at=gateway.ports.clock.now())
        consulting.close(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    with gateway.db.read() as conn:
        assert community_of(conn, f"consultation:{number}") == town
        assert community_of(conn, "reception:1") is None
    page = client.get("/c/town/villages?language=en&page=3").text
    check_page(page, "en")
    assert "8 people were asked, 2 answered." in page
    assert page.count("Withheld") == 2
    assert "/c/town/villages" in client.get("/c/town/").text
    assert client.get("/c/shitan/villages").status_code == 404
