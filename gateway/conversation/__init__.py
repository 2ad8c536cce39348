"""What a text or a keypress means, what to do with it, what to answer: the only room that knows all capabilities."""
