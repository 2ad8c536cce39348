"""Other systems: which may ask us and what (tokens), which are told what happens here (webhooks)."""
