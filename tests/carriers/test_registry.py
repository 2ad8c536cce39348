"""Every carrier folder is registered, and every registered carrier has its folder and fills the port."""

from __future__ import annotations

from pathlib import Path

import gateway.carriers
from gateway.carriers.port import Carrier
from gateway.carriers.registry import CARRIERS
from gateway.settings import CARRIERS as ALLOWED
from tests.fakes import TEST_ACCOUNT

FOLDER = Path(gateway.carriers.__file__).parent


def test_carriers_are_the_folders_beside_the_registry() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == set(CARRIERS) == set(ALLOWED)
    assert all((FOLDER / name / "carrier.py").is_file() for name in folders)


def test_carriers_bear_their_names_and_fill_the_port() -> None:
    verbs = {name for name in vars(Carrier) if not name.startswith("_")}
    for name, make in CARRIERS.items():
        carrier = make(TEST_ACCOUNT)
        assert carrier.name == name
        assert all(callable(getattr(carrier, verb)) for verb in verbs)
