"""Where carriers call: every request is checked before anything else is done, then handed to one use case."""
