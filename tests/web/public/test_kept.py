"""A page that was just made is kept for a few seconds, never longer than readers' programs may, never past a new entry."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.bootstrap import Gateway
from gateway.topics import actions as topics
from gateway.topics.store import topic
from gateway.web.public.frame import KEPT_SECONDS
from gateway.web.public.kept import MOST_PAGES, KeptPage, KeptPages
from gateway.web.public_app import create_public_app
from tests.fakes import NOON, StillClock
from tests.web.sample import Sample

BEHIND_THE_BACK = "换了的字"


def changed_behind_the_back(gateway: Gateway) -> None:
    """Change what a page shows without a word on the record, as nothing in the product does."""
    with gateway.db.work() as tx:
        tx.execute(topic.update().values(title=BEHIND_THE_BACK))
        tx.commit()


def headers(answer: TestResponse) -> dict[str, str]:
    """All that is said about a page but the second in which it was given out, which two answers need not share."""
    return {name: value for name, value in answer.headers.items() if name != "Date"}


def test_page_is_kept_for_seconds_and_never_past_a_new_entry(
    gateway: Gateway, sample: Sample, clock: StillClock
) -> None:
    client: FlaskClient = create_public_app(gateway).test_client()
    address = f"/c/{sample.code}/topics?language=zh"
    first = client.get(address)
    changed_behind_the_back(gateway)
    again = client.get(address)
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert headers(again) == headers(first)
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert BEHIND_THE_BACK in client.get(f"/c/{sample.code}/topics?language=en").text
    clock.advance(seconds=KEPT_SECONDS)
    assert BEHIND_THE_BACK in client.get(address).text
    with gateway.db.work() as tx:
        topics.screen(tx, sample.raised, True, "", at=clock.now(), wording=gateway.wording)
        tx.commit()
    assert f"议题 {sample.raised}" in client.get(address).text
    assert client.get(f"/c/{sample.code}/topics", headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"
    assert client.get(f"/c/{sample.code}/topics", headers={"Accept-Language": "zh"}).headers["Content-Language"] == "zh"


def test_no_more_pages_are_kept_than_there_is_room_for() -> None:
    from datetime import timedelta

    kept = KeptPages(timedelta(seconds=15))
    for number in range(MOST_PAGES + 1):
        kept.keep(number, KeptPage(b"", (), NOON))
    assert kept.find(0, NOON) is None
    assert kept.find(MOST_PAGES, NOON) is not None
