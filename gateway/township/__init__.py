"""The level above: what it asks of many communities' residents, and what comes back up to it each month."""
