"""Settings: good defaults, every bad value stopped by its name and never quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import SettingError, load_settings

TWILIO = {"CARRIER": "twilio", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "PUBLIC_URL": "https://x.example"}


def _load(tmp_path: Path, **environment: str) -> object:
    return load_settings({"DATA_DIR": str(tmp_path / "data"), **environment})


def test_defaults_need_nothing_set(tmp_path: Path) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path / "data")})
    assert settings.database_url == f"sqlite:///{tmp_path}/data/xiangyin.db"
    assert settings.vault_dir == tmp_path / "data" / "vault"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.carrier == "simulator"
    assert len(settings.secret_key) >= 32
    again = load_settings({"DATA_DIR": str(tmp_path / "data")})
    assert again.secret_key == settings.secret_key
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARRIER", "pigeon"),
        ("LOG_LEVEL", "LOUD"),
        ("LANGUAGE", "fr"),
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("CONSOLE_PORT", "70000"),
        ("SIMULATOR_PORT", "-1"),
        ("WEB_WORKERS", "0"),
        ("WEB_THREADS", "1.5"),
        ("SEND_CONCURRENCY", "0"),
        ("CARRIER_TIMEOUT_SECONDS", "0"),
        ("TEXT_DAYS", "0"),
        ("SECRET_KEY", "too-short-quoted"),
        ("DATABASE_URL", "mysql://user:quoted@db/x"),
        ("PUBLIC_URL", "ftp://quoted"),
        ("PUBLIC_URL", "https://x.example/?quoted=1"),
        ("TWILIO_API_URL", "not an address"),
        ("SECRET_KEY_FILE", "/nowhere/quoted"),
    ],
)
def test_bad_value_is_named_and_not_quoted(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        _load(tmp_path, **{name: value})
    assert str(refusal.value).startswith(f"{name}:")
    assert "quoted" not in str(refusal.value)


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL"])
def test_a_real_carrier_needs_its_account(tmp_path: Path, missing: str) -> None:
    with pytest.raises(SettingError, match=missing):
        _load(tmp_path, **{name: value for name, value in TWILIO.items() if name != missing})
    _load(tmp_path, **TWILIO)


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n", encoding="utf-8")
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8")
    settings = load_settings(
        {
            "DATA_DIR": str(tmp_path),
            "TWILIO_AUTH_TOKEN_FILE": str(tmp_path / "token"),
            "SECRET_KEY_FILE": str(tmp_path / "key"),
        }
    )
    assert (settings.twilio_auth_token, settings.secret_key) == ("from-a-file", "k" * 40)


def test_settings_show_no_secret(tmp_path: Path) -> None:
    secrets = {
        "SECRET_KEY": "s3cret" * 8,
        "TWILIO_AUTH_TOKEN": "t0ken",
        "METRICS_TOKEN": "m3trics",
        "DATABASE_URL": "postgresql://user:passw0rd@db/x",
    }
    shown = repr(_load(tmp_path, **secrets))
    assert not any(word in shown for word in ("s3cret", "t0ken", "m3trics", "passw0rd"))
