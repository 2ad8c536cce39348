"""Webhooks: what comes onto the record reaches the receiver signed, once it is back also late, and never our own network."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import standardwebhooks

from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.systems import actions, guarding, posting, store, telling, views
from gateway.systems.guarding import Guard, is_public, resolve
from gateway.systems.model import RETRIES, Hook, MessageState
from gateway.systems.signing import headers, seal, unseal
from gateway.topics import actions as topics
from tests.fakes import StillClock
from tests.polls.village import Village, a_village
from tests.systems.receiver import Receiver, receiver

NEARBY = Guard(own_network=True)


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def hooked(ports: Ports, url: str, *kinds: str, community: int | None = None) -> tuple[Hook, str]:
    with ports.db.work() as tx:
        made = actions.add_hook(tx, "township", url, community, kinds, ports=ports, guard=NEARBY)
        tx.commit()
    return made


def raised(ports: Ports, village: Village, text: str = "路灯坏了") -> str:
    with ports.db.work() as tx:
        made = topics.raise_topic(tx, village.id, village.people[0], text, at=ports.clock.now())
        tx.commit()
    return made.number


def told(ports: Ports) -> int:
    telling.collect(ports)
    return telling.send_due(ports, guard=NEARBY)


def states(ports: Ports, hook: Hook) -> list[MessageState]:
    with ports.db.read() as conn:
        return [one.state for one in views.messages(conn, hook.id)]


def test_message_is_verified_by_an_independent_library(
    ports: Ports, clock: StillClock, village: Village, there: Receiver
) -> None:
    clock.at = datetime.now(UTC)  # the library looks at its own clock
    _, secret = hooked(ports, there.url)
    number = raised(ports, village, "村口的路灯坏了")
    assert told(ports) == 1
    ((path, sent, body),) = there.came
    assert path == "/in?from=xiangyin"
    checked = standardwebhooks.Webhook(secret).verify(body, {name.lower(): value for name, value in sent.items()})
    assert checked == json.loads(body)
    assert (checked["type"], checked["data"]["subject"]) == ("topic.raised", f"topic:{number}")
    assert checked["data"]["community"] == "shitan"
    assert "路灯" not in body.decode()
    with pytest.raises(standardwebhooks.webhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(body + b" ", {name.lower(): value for name, value in sent.items()})


def test_signature_is_that_of_the_standards_example() -> None:
    """The example of the Standard Webhooks reference libraries."""
    made = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        datetime.fromtimestamp(1614265330, UTC),
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_hook_hears_what_comes_after_it_of_its_kinds_and_community(
    ports: Ports, village: Village, there: Receiver
) -> None:
    other = a_village(ports, code="zhuyuan")
    raised(ports, village)
    mine, _ = hooked(ports, there.url, "topic.raised", community=village.id)
    number = raised(ports, village)
    raised(ports, other)
    with ports.db.work() as tx:
        topics.support(tx, topics.raise_topic(tx, village.id, village.people[1], "第二件", at=ports.clock.now()).id,
                       village.people[2], at=ports.clock.now())  # fmt: skip
        tx.commit()
    assert told(ports) == 2
    subjects = [json.loads(body)["data"]["subject"] for _, _, body in there.came]
    assert subjects[0] == f"topic:{number}"
    assert len(states(ports, mine)) == 2
    assert told(ports) == 0


def test_what_is_not_taken_is_sent_again_over_days_and_then_given_up(
    ports: Ports, clock: StillClock, village: Village, there: Receiver
) -> None:
    hook, _ = hooked(ports, there.url)
    raised(ports, village)
    there.answers = [500] * 3
    assert told(ports) == 0
    for gap in RETRIES[:2]:
        assert told(ports) == 0
        clock.at += gap
        told(ports)
    assert len(there.came) == 3
    assert len({sent["webhook-id"] for _, sent, _ in there.came}) == 1
    clock.at += RETRIES[2]
    assert told(ports) == 1
    assert states(ports, hook) == [MessageState.TAKEN]
    raised(ports, village)
    there.answers = [503] * 99
    told(ports)
    for gap in RETRIES:
        clock.at += gap
        told(ports)
    assert states(ports, hook)[0] == MessageState.GIVEN_UP
    assert sum(gap.total_seconds() for gap in RETRIES) > 3 * 86400


def test_receiver_that_is_gone_hears_nothing_more_of_it(ports: Ports, village: Village, there: Receiver) -> None:
    hook, _ = hooked(ports, there.url)
    raised(ports, village)
    there.answers = [410]
    told(ports)
    assert states(ports, hook) == [MessageState.GIVEN_UP]


def test_job_run_twice_sends_once(ports: Ports, village: Village, there: Receiver) -> None:
    hook, _ = hooked(ports, there.url)
    raised(ports, village)
    with ports.db.read() as conn:
        before = store.list_hooks(conn)
    telling.collect(ports)
    with ports.db.read() as conn:
        due = store.find_due(conn, ports.clock.now(), 10)
    assert telling._collect_for(ports, before[0], before[0].cursor + 1) == 0
    assert [telling._send(ports, due[0], NEARBY), telling._send(ports, due[0], NEARBY)] == [204, None]
    assert len(there.came) == 1
    with ports.db.work() as tx:
        actions.remove_hook(tx, hook.id, at=ports.clock.now())
        tx.commit()
    raised(ports, village)
    assert told(ports) == 0


def test_nobody_waits_behind_a_receiver_that_does_not_answer(ports: Ports, village: Village, there: Receiver) -> None:
    with receiver() as gone:
        silent, _ = hooked(ports, gone.url)
    hook, _ = hooked(ports, there.url)
    raised(ports, village)
    raised(ports, village)
    assert told(ports) == 2
    assert states(ports, hook) == [MessageState.TAKEN] * 2
    with ports.db.read() as conn:
        assert sorted(one.attempts for one in views.messages(conn, silent.id)) == [0, 1]


def test_receiver_that_sends_a_byte_now_and_then_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "MOST_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def drip() -> None:
            connected, _ = server.accept()
            with connected, contextlib.suppress(OSError):
                while not ended.wait(0.02):
                    connected.sendall(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert posting.post(url, b"{}", {}, guard=NEARBY) == 0
        ended.set()
        thread.join()


def test_secret_is_kept_sealed(ports: Ports, there: Receiver) -> None:
    hook, secret = hooked(ports, there.url)
    assert secret not in hook.sealed_secret
    assert unseal(hook.sealed_secret, secret_key=ports.secret) == secret
    assert seal(secret, secret_key=ports.secret) != hook.sealed_secret
    assert secret not in repr(hook)


def test_redirect_is_not_followed(ports: Ports, village: Village, there: Receiver) -> None:
    hook, _ = hooked(ports, there.url)
    raised(ports, village)
    there.answers, there.location = [302], there.url + "&again"
    told(ports)
    assert [path for path, _, _ in there.came] == ["/in?from=xiangyin"]
    assert states(ports, hook) == [MessageState.WAITING]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https:///in",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org/#part",
        "https://exam ple.org/",
        "https://example.org\\@127.0.0.1/",
        "https://例子.org/",
        "javascript:alert(1)",
        "",
    ],
)
def test_address_that_is_no_plain_https_is_refused(url: str) -> None:
    with pytest.raises(GatewayError, match="hook_url_wrong"):
        guarding.check_url(url, Guard())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.0.0.8", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1",
        "2130706433", "0x7f000001", "127.1", "017700000001",
    ],
)  # fmt: skip
def test_address_in_a_network_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(GatewayError):
        resolve(f"https://{host}/in", Guard())
    assert posting.post(f"https://{host}/in", b"{}", {}, guard=Guard()) == 0


def test_public_addresses_are_let_through() -> None:
    assert all(is_public(one) for one in ("8.8.8.8", "2606:4700:4700::1111"))


def test_name_that_changes_its_mind_is_refused(monkeypatch: pytest.MonkeyPatch, there: Receiver) -> None:
    """DNS rebinding: one answer among several leads inside, or the second question is answered otherwise."""
    asked: list[str] = []

    def answers(*addresses: str) -> Any:
        def look_up(host: str, port: int, **_more: Any) -> list[Any]:
            asked.append(host)
            at = addresses[min(len(asked) - 1, len(addresses) - 1)]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in at.split()]

        return look_up

    monkeypatch.setattr(guarding.socket, "getaddrinfo", answers("203.0.114.7 127.0.0.1"))
    with pytest.raises(GatewayError, match="hook_address_refused"):
        resolve("https://hook.example.org/in", Guard())
    asked.clear()
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], **_more: Any) -> socket.socket:
        connected.append(address)
        raise OSError

    monkeypatch.setattr(guarding.socket, "getaddrinfo", answers("203.0.114.7", "127.0.0.1"))
    monkeypatch.setattr(posting.socket, "create_connection", connect)
    assert posting.post("https://hook.example.org/in", b"{}", {}, guard=Guard()) == 0
    assert connected == [("203.0.114.7", 443)]
    assert asked == ["hook.example.org"]
