"""Meetings: planned, invited to, spoken at from afar, minuted, resolved. For actions see the files beside this one."""
