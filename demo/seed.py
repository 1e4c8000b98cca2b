"""Fills the demo company: the named situations, and some 330 bookings made up around them.

The same seed gives the same bookings; only their times follow the product's clock, since all
are written in the load format with relative times.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from demo import loader
from demo.company import Company
from demo.seed_bookings import make_bookings

SHOWCASES = Path(__file__).parent / "situations"


@cache
def _texts() -> dict[str, str]:
    return {p.stem: p.read_text(encoding="utf-8") for p in sorted(SHOWCASES.glob("*.json"))}


def showcases() -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in _texts().items()}


def fill(company: Company) -> int:
    """Load everything; faults of named situations are left out, or the demo would start ill."""
    count = 0
    for situation in (*showcases().values(), make_bookings(company.settings.seed)):
        calm = {key: value for key, value in situation.items() if key != "faults"}
        count += len(loader.load(company, calm).bookings)
    return count
