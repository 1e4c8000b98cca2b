"""What every use case works with; built once by `bot.app`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.backend.client import Backend
from bot.sop import CompanyFiles
from bot.store.clock import Clock
from bot.store.engine import Store
from bot.voice import Voice


@dataclass(frozen=True, slots=True)
class Deps:
    store: Store
    clock: Clock
    backend: Backend
    voice: Voice
    files: CompanyFiles
