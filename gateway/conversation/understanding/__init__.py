"""What a text means: a pure function of the text and of what is open, without database or clock.

The words of each language are data (`languages/*.yaml`); the order in which meanings are tried stands in `parse.py`.
"""
