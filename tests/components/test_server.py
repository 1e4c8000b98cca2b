"""The served brain, over HTTP: who may ask it, what counts as a command, what actions get, how failures show."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.components.brain import ROOT, SIGNALS, TOKEN, ActionServer, Served, environment

WEBHOOK = "/webhooks/kawan/webhook"


def test_only_the_token_opens(brain: Served) -> None:
    body = {"sender": "c1", "message": "greet", "metadata": {"turn": "t"}}
    for token in (None, "salah", TOKEN[:-1]):
        assert brain.post(WEBHOOK, body, token) == (401, {"error": "wrong token"})
        assert brain.post("/model/parse", {"text": "greet"}, token)[0] == 401
        assert brain.post("/model/parse?token=salah", {"text": "greet"}, token)[0] == 401
    assert not brain.actions.calls


@pytest.mark.parametrize(
    "body",
    [b"x", [], {}, {"sender": "a"}, {"sender": "", "message": "x"}, {"sender": "a", "message": 5},
     {"sender": "a", "message": "x", "metadata": "y"}],
)  # fmt: skip
def test_a_broken_request_is_refused(brain: Served, body: Any) -> None:
    assert brain.post(WEBHOOK, body)[0] == 400
    assert not brain.actions.calls


def test_no_other_channel_is_open(brain: Served) -> None:
    assert brain.post("/webhooks/rest/webhook", {"sender": "a", "message": "greet"})[0] == 404


@pytest.mark.parametrize(
    "text",
    ["/request_human", " /request_human", "//request_human", "\n/ /request_human", "\u3000/request_human",
     "/request_human{\"amount\": \"5\"}"],
)  # fmt: skip
def test_a_customers_slash_is_no_command(brain: Served, text: str) -> None:
    # The component reads the first word: had Rasa taken the command, its certainty would be 1.
    brain.say(text)
    latest = brain.actions.calls[0]["tracker"]["latest_message"]
    assert latest["text"] == text
    assert latest["intent"]["confidence"] == 0.9
    assert "signals" in latest


def test_choosing_is_a_command_with_an_option_only(brain: Served) -> None:
    assert brain.acts("/choose_option", option="offer:1") == "action_choose"
    latest = brain.actions.calls[-1]["tracker"]["latest_message"]
    assert latest["intent"] == {"name": "choose_option", "confidence": 1.0}
    assert latest["metadata"]["option"] == "offer:1"
    brain.say("/choose_option")
    assert brain.actions.calls[-1]["tracker"]["latest_message"]["intent"]["confidence"] == 0.9


def test_actions_get_all_that_was_understood(brain: Served) -> None:
    text = "  complain_payment_mismatch\nsaya bayar 643rb  "
    brain.acts(text, sent_at="2026-05-01T10:00:00+07:00")
    begin, act = brain.actions.calls
    assert begin["next_action"] == "action_validate_slot_mappings"
    for payload in (begin, act):
        latest = payload["tracker"]["latest_message"]
        assert latest["text"] == text
        assert latest["metadata"]["turn"] == "t1"
        assert latest["metadata"]["sent_at"] == "2026-05-01T10:00:00+07:00"
        assert latest["further"] == [{"intent": "request_human", "confidence": 0.4}]
        assert latest["signals"] == SIGNALS
        (amount,) = latest["entities"]
        assert text[amount["start"] : amount["end"]] == "643rb"
        assert "domain" not in payload
        assert payload["tracker"]["latest_input_channel"] == "kawan"
    assert act["tracker"]["slots"]["register"] == "formal"
    assert brain.actions.headers["Authorization"] == f"Bearer {TOKEN}"


def test_parse_answers_with_everything_and_true_offsets(brain: Served) -> None:
    text = " /x harga 643rb"
    status, parsed = brain.post(f"/model/parse?token={TOKEN}", {"text": text}, None)
    assert status == 200
    assert parsed["text"] == text
    assert parsed["signals"] == SIGNALS
    assert text[parsed["entities"][0]["start"] :] == "643rb"


@pytest.mark.parametrize(
    "text", ["", "   ", "/", "😭😭", "\u202eterbalik", "'; DROP TABLE turns; --", "a" * 10_000]
)
def test_whatever_is_said_gets_an_answer(brain: Served, text: str) -> None:
    assert brain.say(text)[0] in (200, 500)  # 500: what the component is told is no intent
    assert brain.actions.calls[0]["tracker"]["latest_message"]["text"] == text


def test_failures_are_said(brain: Served) -> None:
    def broken(payload: dict[str, Any]) -> tuple[int, Any]:
        if payload["next_action"] == "action_small_talk":
            return 500, {"error": "TurnBusy"}
        return brain.actions.plainly(payload)

    brain.actions.answer = broken
    status, answer = brain.say("greet")
    assert status == 500
    assert "action_small_talk" in answer["error"]
    brain.actions.answer = lambda payload: (500, {"error": "x"})
    assert brain.say("greet")[0] == 500
    brain.actions.answer = lambda payload: (200, {"events": "none"})
    assert brain.say("greet")[0] == 500
    brain.actions.answer = lambda payload: (400, {"error": "no", "action_name": "x"})
    assert brain.say("greet")[0] == 500
    assert brain.say("not_an_intent")[0] == 500


def test_one_turn_of_a_conversation_at_a_time(brain: Served) -> None:
    at_work: dict[str, int] = {}
    most: dict[str, int] = {"a": 0, "all": 0}
    guard = threading.Lock()

    def slowly(payload: dict[str, Any]) -> tuple[int, Any]:
        sender = payload["sender_id"]
        with guard:
            at_work[sender] = at_work.get(sender, 0) + 1
            most["a"] = max(most["a"], at_work.get("a", 0))
            most["all"] = max(most["all"], sum(at_work.values()))
        time.sleep(0.05)
        with guard:
            at_work[sender] -= 1
        return brain.actions.plainly(payload)

    brain.actions.answer = slowly
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: brain.say("greet", sender="a" if n % 2 else f"b{n}"), range(8)))
    assert [status for status, _ in answers] == [200] * 8
    assert most["a"] == 1
    assert most["all"] > 1
    assert time.monotonic() - started < 4  # Rasa's own lock asks again every second


def test_it_runs_without_tensorflow(brain: Served) -> None:
    maps = Path(f"/proc/{brain.process.pid}/maps").read_text()
    assert "tensorflow" not in maps
    status = Path(f"/proc/{brain.process.pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    assert resident < 400_000  # kB


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "components.serve", *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120
    )


def test_a_missing_or_broken_model_is_one_line(tmp_path: Path, told_model: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(told_model.read_bytes()[:-3000])
    for model in (tmp_path / "none.tar.gz", broken, cut):
        ended = serve("--model", str(model), "--port", "0")
        assert ended.returncode == 1
        assert ended.stderr.startswith("brain: ")
        assert ended.stderr.count("\n") == 1
        assert model.name in ended.stderr


def test_a_taken_port_is_one_line(told_model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = serve("--model", str(told_model), "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"brain: cannot listen on 127.0.0.1:{port}")
    assert ended.stderr.count("\n") == 1


@pytest.mark.slow
def test_plain_rasa_serves_the_same(told_model: Path) -> None:
    actions = ActionServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = ["-m", str(told_model), "-i", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "rasa", "run", "--enable-api", "--auth-token", TOKEN, *served],
        cwd=ROOT,
        env=environment(KAWAN_RASA_TOKEN=TOKEN, KAWAN_ACTIONS_URL=actions.url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    rasa = Served(f"http://127.0.0.1:{port}", process, actions)
    try:
        assert _first_answer(rasa) == (200, [{"recipient_id": "c1", "text": "action_hand_over"}])
        rasa.say("/request_human")
        assert actions.calls[-1]["tracker"]["latest_message"]["intent"]["confidence"] == 0.9
        assert rasa.post(WEBHOOK, {"sender": "a", "message": "greet"}, "salah")[0] == 401
        assert rasa.post(f"/model/parse?token={TOKEN}", {"text": " /x"}, None)[1]["text"] == " /x"
    finally:
        process.terminate()
        process.wait(20)
        actions.close()


def _first_answer(rasa: Served) -> tuple[int, Any]:
    until = time.monotonic() + 150
    while time.monotonic() < until and rasa.process.poll() is None:
        try:
            answer = rasa.say("request_human kak")
        except OSError:
            time.sleep(0.5)
            continue
        if answer[0] != 503:
            return answer
        time.sleep(0.5)
    raise AssertionError("rasa run never answered")
