"""Measures Kawan and stock Rasa one after the other, prints a table and writes bench/results.json."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench import ours, stock
from bench.measure import KEYS, BenchFailed, Figures
from bench.ours import ROOT

RESULTS = ROOT / "bench" / "results.json"


def run_all(*, quick: bool) -> int:
    cache = ROOT / "var" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=cache))
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"[bench] {time.monotonic() - began:5.0f} s  {what}", flush=True)

    try:
        kawan = ours.measure(folder, quick=quick, say=say)
        rasa = {} if quick else stock.measure(cache / "stock", say=say)
    except (BenchFailed, OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"kawan bench: {type(error).__name__}: {error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(kawan, rasa))
    if quick:
        print("quick: few repetitions, nothing written")
    else:
        RESULTS.write_text(json.dumps(flat(kawan, rasa), indent=2) + "\n")
        print(f"written to {RESULTS.relative_to(ROOT)}")
    return 0


def flat(kawan: Figures, rasa: Figures) -> Figures:
    """Exactly the contract's keys; null for what does not exist."""
    return {
        prefix + key: _rounded(figures.get(key))
        for prefix, figures in (("", kawan), ("stock_", rasa))
        for key in KEYS
    }


def table(kawan: Figures, rasa: Figures) -> str:
    lines = [f"{'':<20}{'Kawan':>12}{'stock Rasa':>14}"]
    lines += [f"{key:<20}{_shown(kawan.get(key)):>12}{_shown(rasa.get(key)):>14}" for key in KEYS]
    return "\n".join(lines)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
