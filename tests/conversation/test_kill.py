"""kill -9 at random moments: every message answered once and in order; doubles only where marked."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.conversation.inbox import receive
from bot.store.engine import Store
from tests.conversation.helpers import RealClock, eventually, message, rows, turns, unanswered_count

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 40


@pytest.mark.slow
def test_killed_again_and_again(store: Store, ready_url: str, tmp_path: Path) -> None:
    file = tmp_path / "arrived"
    file.touch()
    dice = random.Random(4)

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.conversation.killed", ready_url, str(file)]
        return subprocess.Popen(command, cwd=ROOT)

    process = start()
    try:
        sent = 0
        for _ in range(4):
            began = len(file.read_text().splitlines())
            for _ in range(MESSAGES // 4):
                receive(store, RealClock(), message(str(sent), chat=str(sent % 3), id=f"k{sent}"), 0)
                sent += 1
            # Not before it is at work, and then at any moment.
            eventually(lambda began=began: len(file.read_text().splitlines()) > began, 20)  # type: ignore[misc]
            time.sleep(dice.uniform(0, 0.08))
            process.kill()
            process.wait()
            process = start()
        eventually(
            lambda: (
                unanswered_count(store) == 0
                and all(t.committed_at for t in turns(store))
                and all(row.status == "sent" for row in rows(store))
            ),
            30,
        )
    finally:
        process.kill()
        process.wait()
    arrived = Counter(file.read_text().splitlines())
    for row in rows(store):
        # Each kill in the middle of a send may have cost one repeat, and is marked.
        most = row.attempts if row.repeated else 1
        assert 1 <= arrived[row.text.replace("\n", "|")] <= most
    # Kills were few: most messages arrived without any.
    assert sum(row.repeated for row in rows(store)) <= 8
    answered = [n for row in rows(store) for n in row.text.removeprefix("re: ").split("\n")]
    assert sorted(answered, key=int) == [str(n) for n in range(MESSAGES)]
    for chat in range(3):
        order = [int(n) for n in answered if int(n) % 3 == chat]
        assert order == sorted(order)
