"""Kelana, a fictional online travel agency: the demo company behind the backend contract."""
