"""Settings: the only reader of the environment. Each has a type, a default, a check and a line of documentation.

Values come from the environment or a `.env` file in the working directory; a secret also from the file that
`<NAME>_FILE` names. A bad value stops the start with its name and the reason (SettingError), never with its content.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

# A socket's address has room for 107 bytes.
MAX_SOCKET_PATH = 100
SHORTEST_SECRET = 32
CARRIERS = ("simulator", "twilio")
DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
# What a value must be, and how that is said after "must".
Rule = tuple[Callable[[Any], bool], str]


class SettingError(Exception):
    """A setting is missing or wrong: says which and why."""


def _setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"doc": doc, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """All settings of an installation; the environment variable is the field's name in capitals."""

    data_dir: Path = _setting(Path("data"), "Folder for everything the embedded defaults keep.")
    database_url: str = _setting("", "`postgresql://…` or `sqlite:///…`. Default: SQLite under DATA_DIR.", secret=True)
    redis_url: str = _setting(
        "", "`redis://…` or `unix://…`. Default: the embedded server under DATA_DIR.", secret=True
    )
    vault_dir: Path = _setting(Path(), "Keys that must die; outside backups, best a tmpfs. Default: DATA_DIR/vault.")
    vault_copy_dir: Path = _setting(
        Path(), "Trustees' copy of the keys of polls, on a medium with a file `xiangyin-copy`. Default: none."
    )
    secret_key: str = _setting("", "32 characters or more. Default: made once, in DATA_DIR/secret.key.", secret=True)
    public_url: str = _setting(
        "", "What carriers call; signatures are checked against it. Default: http://127.0.0.1:PORT."
    )
    bind: str = _setting("127.0.0.1", "Address that the web servers listen on.")
    port: int = _setting(8000, "Port of the public app: carrier hooks, public pages, machine interfaces.")
    console_port: int = _setting(8001, "Port of the staff console.")
    simulator_port: int = _setting(8002, "Port of the simulated carrier and its telephones.")
    carrier: str = _setting("simulator", "`simulator` or `twilio` (any Twilio-compatible carrier).")
    twilio_account_sid: str = _setting("", "The carrier account.")
    twilio_auth_token: str = _setting("", "The carrier account's token; also checks signatures.", secret=True)
    twilio_api_url: str = _setting("", "Base address of a Twilio-compatible carrier. Default: Twilio's own.")
    carrier_timeout_seconds: int = _setting(20, "How long to wait for the carrier's answer.")
    send_concurrency: int = _setting(64, "Requests to the carrier in flight at once, per worker.")
    texts_per_second: float = _setting(0.0, "Per community number. Default: 1 (a long code); 200 with the simulator.")
    calls_per_second: float = _setting(0.0, "Per community number. Default: 1; 50 with the simulator.")
    calls_at_once: int = _setting(0, "Per community number. Default: 2; 100 with the simulator.")
    second_account_sid: str = _setting("", "Account at a second, Twilio-compatible carrier for when the first fails.")
    second_auth_token: str = _setting("", "Its token; also checks its signatures.", secret=True)
    second_api_url: str = _setting("", "Its base address. Default: Twilio's own.")
    call_prefixes: str = _setting("+86,+852,+853,+886", "Calls go only to numbers that begin so; comma-separated.")
    machine_detection: str = _setting("off", "`on`: the carrier listens for answering machines (it charges for it).")
    call_backs_per_number: int = _setting(5, "Call backs after missed calls: at most so many a day to one number.")
    call_backs_per_day: int = _setting(200, "… and so many a day in one community.")
    call_back_money: int = _setting(
        50, "… and so much money a day in one community, in whole units of its currency (`xiangyin broadcast budget`)."
    )
    transcriber: str = _setting(
        "", "Speech engine for recordings: `module:object` or `command: …` (docs/voice.md). Default: none."
    )
    metrics_token: str = _setting("", "Bearer token for /metrics; without one only this machine may ask.", secret=True)
    text_days: int = _setting(30, "After so many days texts kept for staff become unreadable for good.")
    recording_days: int = _setting(
        365, "Recordings of what is over are deleted after so many days, answers not written down after twice as many."
    )
    number_days: int = _setting(90, "Numbers that messages went to are forgotten so many days after their broadcast.")
    reason_days: int = _setting(1095, "Reasons of changes of the roll are forgotten after so many days.")
    web_workers: int = _setting(2, "Processes of the public app.")
    web_threads: int = _setting(4, "Threads of each of them.")
    webhook_network: str = _setting(
        "public", "`own`: webhooks may also lead to http and private addresses (a receiver nearby)."
    )
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR.")
    language: str = _setting("en", "Language of the command line's and console's own sentences: `en` or `zh`.")
    # Derived: whether the queue server is the embedded one.
    embedded_redis: bool = False

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a process of the same installation."""
        names = (f.name for f in documented() if not (f.name == "redis_url" and self.embedded_redis))
        return {name.upper(): str(getattr(self, name)) for name in names}


def documented() -> list[Field[Any]]:
    """The fields that operators set, in the order of the documentation; not what is derived from them."""
    return [f for f in fields(Settings) if "doc" in f.metadata]


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; `environment` replaces the process's own (and any `.env`) in tests."""
    if environment is None:
        environment = {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **os.environ}
    values = {f.name: _read(f.name, f.default, environment, secret=f.metadata["secret"]) for f in documented()}
    _check(values)
    return Settings(**_with_defaults(values))


def _read(name: str, default: Any, environment: Mapping[str, str], *, secret: bool) -> Any:
    variable = name.upper()
    text = environment.get(variable, "")
    path = environment.get(f"{variable}_FILE", "") if secret else ""
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{variable}_FILE: cannot be read ({error.strerror})") from None
    if text == "":
        return default
    if isinstance(default, int):
        if not text.isdecimal():
            raise SettingError(f"{variable}: must be a whole number")
        return int(text)
    if isinstance(default, float):
        return _decimal(variable, text)
    return Path(text) if isinstance(default, Path) else text


def _decimal(variable: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise SettingError(f"{variable}: must be a number, 0 or more")
    return number


def _check(values: dict[str, Any]) -> None:
    for name, (fits, rule) in RULES.items():
        if not fits(values[name]):
            raise SettingError(f"{name.upper()}: must {rule}")
    if values["carrier"] == "twilio":
        for name in ("twilio_account_sid", "twilio_auth_token", "public_url"):
            if not values[name]:
                raise SettingError(f"{name.upper()}: needed when CARRIER is twilio")

    if values["second_account_sid"] and not values["second_auth_token"]:
        raise SettingError("SECOND_AUTH_TOKEN: needed with SECOND_ACCOUNT_SID")


def _one_of(*allowed: str) -> Rule:
    return (lambda value: value in allowed, f"be one of {', '.join(allowed)}")


def _is_web_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment


A_PORT: Rule = (lambda value: 0 < value < 2**16, "be a port from 1 to 65535")
AT_LEAST_ONE: Rule = (lambda value: value >= 1, "be at least 1")
AN_ADDRESS: Rule = (lambda value: not value or _is_web_address(value), "be an http or https address")
RULES: dict[str, Rule] = {
    "carrier": _one_of(*CARRIERS),
    "log_level": _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "machine_detection": _one_of("off", "on"),
    "webhook_network": _one_of("public", "own"),
    "language": _one_of("en", "zh"),
    "port": A_PORT,
    "console_port": A_PORT,
    "simulator_port": A_PORT,
    "web_workers": AT_LEAST_ONE,
    "web_threads": AT_LEAST_ONE,
    "send_concurrency": AT_LEAST_ONE,
    "carrier_timeout_seconds": AT_LEAST_ONE,
    "text_days": AT_LEAST_ONE,
    "recording_days": AT_LEAST_ONE,
    "number_days": AT_LEAST_ONE,
    "reason_days": AT_LEAST_ONE,
    "secret_key": (lambda value: not value or len(value) >= SHORTEST_SECRET, "have at least 32 characters"),
    "database_url": (lambda value: not value or value.startswith(DATABASES), "begin with sqlite:/// or postgresql://"),
    "public_url": AN_ADDRESS,
    "twilio_api_url": AN_ADDRESS,
    "second_api_url": AN_ADDRESS,
}


# What a line may send where nobody says otherwise: a long code of a usual carrier, and the simulated company.
USUAL_RATES: Mapping[str, Mapping[str, float]] = {
    "twilio": {"texts_per_second": 1.0, "calls_per_second": 1.0, "calls_at_once": 2},
    "simulator": {"texts_per_second": 200.0, "calls_per_second": 50.0, "calls_at_once": 100},
}


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    data = values["data_dir"].absolute()
    values["data_dir"] = data
    values["vault_dir"] = data / "vault" if values["vault_dir"] == Path() else values["vault_dir"].absolute()
    if values["vault_copy_dir"] != Path():
        values["vault_copy_dir"] = values["vault_copy_dir"].absolute()
    values["database_url"] = values["database_url"] or f"sqlite:///{data / 'xiangyin.db'}"
    values["public_url"] = (values["public_url"] or f"http://127.0.0.1:{values['port']}").rstrip("/")
    values["secret_key"] = values["secret_key"] or _kept_secret(data / "secret.key")
    values["embedded_redis"] = not values["redis_url"]
    values["redis_url"] = values["redis_url"] or _embedded_redis_url(data, values)
    for name, usual in USUAL_RATES[values["carrier"]].items():
        values[name] = values[name] or usual
    if values["carrier"] == "simulator":
        # The simulated carrier and the gateway agree on an account without anybody typing one.
        account = hashlib.sha256(f"simulator:{values['secret_key']}".encode()).hexdigest()
        values["twilio_account_sid"] = values["twilio_account_sid"] or f"AC{account[:32]}"
        values["twilio_auth_token"] = values["twilio_auth_token"] or account[32:]
        values["twilio_api_url"] = values["twilio_api_url"] or f"http://127.0.0.1:{values['simulator_port']}"
    return values


def _embedded_redis_url(data_dir: Path, values: Mapping[str, Any]) -> str:
    """A socket under the data folder; where its path is too long for one, a loopback port with a password."""
    socket = data_dir / "redis.sock"
    if len(os.fsencode(socket)) <= MAX_SOCKET_PATH:
        return f"unix://{socket}"
    password = hashlib.sha256(f"redis:{values['secret_key']}".encode()).hexdigest()
    return f"redis://:{password}@127.0.0.1:{values['port'] + 3}"


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()
