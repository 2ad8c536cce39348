"""`xiangyin broadcast`: notices to many people, and how every broadcast stands."""

from gateway.cli.broadcast import afterwards, beforehand, running
from gateway.cli.broadcast.shared import group

__all__ = ["afterwards", "beforehand", "group", "running"]
