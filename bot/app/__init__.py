"""Builds everything and joins it. Imported by the command line, and by the actions where they are served alone.

The parts are imported when they are asked for: they are most of the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.app.parts import TheBrain
    from bot.casework.deps import Deps
    from bot.settings import Settings


def build(settings: Settings, *, brain: TheBrain | None = None) -> FastAPI:
    """The application; see `bot.app.web.build`."""
    from bot.app import web

    return web.build(settings, brain=brain)


def deps_from_environment() -> Deps:
    """For `python -m rasa_sdk --actions actions`, which builds nothing else."""
    from bot import settings
    from bot.app import parts

    return parts.make_deps(settings.load())
