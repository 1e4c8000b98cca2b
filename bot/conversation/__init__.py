"""The one path every message takes: inbox, turns, outbox; and what happens at a time."""
