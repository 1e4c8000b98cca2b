"""Indonesian as it is typed: plain text functions on the standard library alone."""
