"""The voice menus as data, and what walks, checks, plays and draws them; it knows nothing of the gateway."""
