"""Every intent leads to one action, whatever is awaited: asked of the real RulePolicy through the served brain."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from tests.components.brain import ROOT, Served

STATES = ("nothing", "fact", "choice", "confirmation", "story")
ALWAYS = {
    "take_facts": {"inform", "give_payment_proof"},
    "answer": {"ask_how_to_pay", "ask_why", "ask_wait_time"},
    "hand_over": {"request_human"},
    "choose": {"choose_option"},
    "confirm": {"affirm"},
    "decline": {"deny", "reject_options"},
    "propose": {"propose_alternative"},
    "correct": {"correct_bot"},
    "stop": {"stop_flow"},
    "small_talk": {
        "greet", "goodbye", "thank", "express_anger", "threaten_escalation", "praise", "bot_challenge", "out_of_scope"
    },
}  # fmt: skip
AWAITED = {
    "choice": ("choose", {
        "affirm", "inform", "request_refund", "request_resend_ticket", "ask_how_to_pay", "nlu_fallback", "out_of_scope"
    }),
    "confirmation": ("confirm", {
        "affirm", "deny", "reject_options", "stop_flow", "choose_option", "inform", "nlu_fallback"
    }),
    "fact": ("take_facts", {
        "inform", "give_payment_proof", "choose_option", "affirm", "deny", "nlu_fallback", "out_of_scope"
    }),
    "story": ("propose", {
        "propose_alternative", "inform", "affirm", "choose_option", "nlu_fallback", "out_of_scope"
    }),
}  # fmt: skip


def intents() -> list[str]:
    domain = YAML(typ="safe").load((ROOT / "domain.yml").read_text("utf-8"))
    return [*domain["intents"], "nlu_fallback"]


def expected(intent: str, state: str) -> str:
    action, meant = AWAITED.get(state, ("", set()))
    if intent in meant:
        return f"action_{action}"
    return "action_" + next((name for name, those in ALWAYS.items() if intent in those), "take_up")


def test_the_labels_are_those_of_the_guide() -> None:
    assert len(intents()) == len(set(intents())) == 50


@pytest.mark.parametrize("state", STATES)
def test_every_intent_leads_to_its_action(brain: Served, state: str) -> None:
    found = {intent: brain.acts(f"{intent} kak", awaiting=state) for intent in intents()}
    assert found == {intent: expected(intent, state) for intent in intents()}


def test_nobody_is_trapped(brain: Served) -> None:
    for state in STATES:
        assert brain.acts("request_human kak", awaiting=state) == "action_hand_over"
        assert brain.acts("complain_baggage kak", awaiting=state) == "action_take_up"
    assert brain.acts("stop_flow", awaiting="choice") == "action_stop"


def test_a_turn_forgets_the_one_before(brain: Served) -> None:
    assert brain.acts("affirm", awaiting="choice") == "action_choose"
    assert brain.acts("affirm") == "action_confirm"
    assert len(brain.actions.calls[-1]["tracker"]["events"]) == 4
