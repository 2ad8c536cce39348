"""What is done for each intent: one small function each, all of one shape, `Turn` in, `Answer` out."""
