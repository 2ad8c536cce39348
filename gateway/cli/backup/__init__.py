"""`xiangyin backup` and `xiangyin restore`: one file with everything but the keys that must die."""

from gateway.cli.backup.commands import backup, restore

__all__ = ["backup", "restore"]
