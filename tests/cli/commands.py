"""How tests type commands, and read what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from click.testing import Result

Run = Callable[..., Result]


def answer(result: Result) -> Any:
    """What a command with `--json` has said, having succeeded."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
