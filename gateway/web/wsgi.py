"""What both web servers do first: read the settings, set up the logs, connect."""

from __future__ import annotations

from gateway.bootstrap import Gateway, build_gateway
from gateway.kernel.logs import set_up_logs
from gateway.settings import load_settings


def open_gateway() -> Gateway:
    """The gateway of this process. Raises SettingError."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    return build_gateway(settings)
