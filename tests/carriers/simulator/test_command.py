"""`xiangyin simulator` as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

from gateway.carriers.simulator.driver import Telephones
from tests.servers import free_port

RUN = "from gateway.cli.simulator import simulator; simulator()"


def test_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    cards = tmp_path / "cards.json"
    cards.write_text('[{"name": "A", "phone": "+8613800000001", "code": "11", "pin": "22"}]', encoding="utf-8")
    port = free_port()
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "SIMULATOR_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "--cards", str(cards), "--pace", "0"], env=environment, stderr=subprocess.PIPE
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            assert requests.get(url, timeout=wait_for_port(port)).status_code == 200
            assert Telephones(url).show("+8613800000001")["name"] == "A"
            # The database was never made: the address book is empty, the telephones work all the same.
            assert requests.get(f"{url}/simulator/contacts", timeout=5).json() == []
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert process.stderr is not None and process.stderr.read() == b""


def wait_for_port(port: int) -> int:
    """Wait until something listens; returns a time-out in seconds."""
    import socket
    import time

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return 5
        time.sleep(0.02)
    raise AssertionError("nothing listens")
