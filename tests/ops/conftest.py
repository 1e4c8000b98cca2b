"""The desk's fixtures serve operations, too."""

from __future__ import annotations

from tests.desk.conftest import control, demo, deps, quick_passwords, scene, store, team

__all__ = ["control", "demo", "deps", "quick_passwords", "scene", "store", "team"]
