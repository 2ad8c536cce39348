"""`xiangyin demo`, smaller: the whole way from raised topics to the result on every telephone, by real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PEOPLE = "80"


def test_demo_comes_out_right(tmp_path: Path, figure: Callable[[str], None]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--people", PEOPLE, "--json"],
        env={**os.environ, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    came_out = json.loads(done.stdout)
    assert came_out["counted"] == came_out["meant"]
    assert came_out["sent_twice"] == came_out["carrier_warnings"] == 0
    assert all(person["phone_trouble"] for person in came_out["not_reached"])
    assert came_out["result_by_text"] > 0
    assert came_out["result_by_call"] > 0
    assert list(tmp_path.glob("demo-*")) == []
    figure(
        f"demo with {PEOPLE} residents: counted {came_out['counted']}, as meant; result by text "
        f"{came_out['result_by_text']}, by call {came_out['result_by_call']}, not reached yet "
        f"{len(came_out['not_reached'])}; {came_out['seconds']} s"
    )
