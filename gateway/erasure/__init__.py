"""Forgetting: a person who asks for it, and everything whose time is over. Above all rooms, for it calls each."""
