"""The command line; `kawan` runs `main`."""

from __future__ import annotations


def main() -> int:
    from bot.cli.commands import run

    return run()
