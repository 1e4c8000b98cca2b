"""Platforms: payload to IncomingMessage, OutgoingMessage to payload. Storing is injected."""
