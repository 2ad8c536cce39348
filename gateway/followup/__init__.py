"""What came of it: implementation updates on topics, carried to those concerned."""
