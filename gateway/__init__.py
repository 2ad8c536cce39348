"""Xiangyin: the SMS and voice-line participation gateway. Start reading at docs/architecture.md."""
