"""The processes that work in the background: one worker for each queue, and the clock."""
