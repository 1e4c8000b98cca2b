"""Writes docs/backend-openapi.json: `python -m demo.openapi`."""

from __future__ import annotations

import json
from pathlib import Path

from demo.app import contract_app

TARGET = Path(__file__).parent.parent / "docs" / "backend-openapi.json"


def render() -> str:
    return json.dumps(contract_app().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(render(), encoding="utf-8")
