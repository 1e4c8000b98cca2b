"""rasa-sdk actions: read the tracker, call one function of casework, utter its replies.

Served by the app under /internal/actions, and alone by `python -m rasa_sdk --actions actions`.
"""
