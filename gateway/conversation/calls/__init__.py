"""Calls: a keypress comes in, a menu of `ivr_flows` says what it means, an effect acts on it, an answer is spoken."""

from gateway.conversation.calls.receiving import receive_answered_call, receive_call
from gateway.conversation.frozen import Frozen

__all__ = ["Frozen", "receive_answered_call", "receive_call"]
