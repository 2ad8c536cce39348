"""A drawn panel's file and the script that checks it, from the public address, without a login."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from gateway.bootstrap import Gateway
from gateway.web.public_app import create_public_app
from tests.fakes import StillClock
from tests.panels.drawing import a_village_to_draw_from, drawn, planned


def test_sceptic_takes_file_and_script_and_checks_the_draw(gateway: Gateway, clock: StillClock, tmp_path: Path) -> None:
    village = a_village_to_draw_from(gateway.ports)
    number = drawn(gateway.ports, clock, village)
    waiting = planned(gateway.ports, village)
    client = create_public_app(gateway).test_client()
    file, script = client.get(f"/c/shitan/panels/{number}.json"), client.get("/panels/lottery.py")
    assert (file.status_code, script.status_code) == (200, 200)
    assert "村民" not in json.dumps(file.json, ensure_ascii=False)
    (tmp_path / "panel.json").write_bytes(file.data)
    (tmp_path / "lottery.py").write_bytes(script.data)
    command = [sys.executable, "-I", "-S", str(tmp_path / "lottery.py"), str(tmp_path / "panel.json")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    for address in (f"/c/shitan/panels/{waiting}.json", "/c/shitan/panels/99.json", f"/c/nowhere/panels/{number}.json"):
        assert client.get(address).status_code == 404
