"""Builds everything and joins it; imported by the command line alone."""

from bot.app.parts import Parts, deps_from_environment, make_parts
from bot.app.web import build

__all__ = ["Parts", "build", "deps_from_environment", "make_parts"]
