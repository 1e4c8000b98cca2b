"""The desk's fixtures serve operations, too."""

from __future__ import annotations

from tests.desk.conftest import browser, control, demo, deps, quick_passwords, scene, store, team

__all__ = ["browser", "control", "demo", "deps", "quick_passwords", "scene", "store", "team"]
