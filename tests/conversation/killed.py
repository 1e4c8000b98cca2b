"""A process for test_kill: turns and outbox with a stub brain; what the platform got goes to a file."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from bot.care.messages import OutgoingMessage
from bot.conversation.outbox import OutboxWorker
from bot.conversation.turns import TurnWorker
from bot.store.engine import open_store
from tests.conversation.helpers import FakeBrain, FakeCasework, FakeChannel, RealClock


class FileChannel(FakeChannel):
    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def send(self, message: OutgoingMessage) -> str:
        with self.lock, self.file.open("a") as file:
            file.write(message.text.replace("\n", "|") + "\n")
        time.sleep(0.01)
        return "p"


def main(url: str, file: str) -> None:
    store = open_store(url, b"secret")
    casework = FakeCasework(store)
    casework.binding = True  # replies stay, so that every message is seen to be answered once
    TurnWorker(store, RealClock(), FakeBrain(casework), casework, lease_seconds=0.5, poll=0.02).start()
    OutboxWorker(
        store, RealClock(), {"fake": FileChannel(Path(file))}, limits={}, stuck_seconds=0.5, poll=0.02
    ).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
