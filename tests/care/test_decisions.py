"""The shipped SOP over every cause: what is offered, on whose authority, and why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.care.diagnosis import CAUSES, Diagnosis, Side
from bot.care.sop import Authority, Condition, Grant, Rule, Sop, decide
from bot.sop import read_sop

SOP = read_sop(Path(__file__).parents[2] / "company" / "rules")

TABLE: list[tuple[str, dict[str, object], int, list[str]]] = [
    (
        "billed_above_shown",
        {"difference": 3000},
        0,
        ["waive_and_issue:bot", "pay_difference:bot", "refund_full:bot"],
    ),
    (
        "billed_above_shown",
        {"difference": 25001},
        0,
        ["waive_and_issue:supervisor", "pay_difference:bot", "refund_full:bot"],
    ),
    (
        "billed_above_shown",
        {"difference": 3000},
        48000,
        ["waive_and_issue:supervisor", "pay_difference:bot", "refund_full:bot"],
    ),
    ("billed_above_shown", {"difference": 250001}, 0, ["pay_difference:bot", "refund_full:bot"]),
    ("underpaid", {"difference": 412}, 0, ["waive_and_issue:bot", "pay_difference:bot", "refund_full:bot"]),
    ("underpaid", {"difference": 1001}, 0, ["pay_difference:bot", "refund_full:bot"]),
    ("overpaid", {"excess": 50000, "issued": False}, 0, ["issue_and_refund_excess:bot", "refund_full:bot"]),
    ("overpaid", {"excess": 50000, "issued": True}, 0, ["issue_and_refund_excess:bot"]),
    ("paid_unconfirmed", {}, 0, ["accept_and_issue:bot", "refund_full:bot"]),
    ("payment_pending", {"status": "awaiting_payment"}, 0, ["hold_and_wait:bot", "ask_person:agent"]),
    ("payment_pending", {"status": "expired"}, 0, ["ask_person:agent"]),
    ("payment_not_found", {}, 0, ["hold_and_wait:bot", "pay_in_full:bot", "ask_person:agent"]),
    ("paid_not_issued", {}, 0, ["accept_and_issue:bot", "refund_full:bot"]),
    ("issued", {}, 0, ["resend_ticket:bot"]),
    ("single_charge", {}, 0, ["ask_person:agent"]),
    ("charged_twice", {"issued": True, "status": "issued"}, 0, ["refund_excess:bot"]),
    (
        "charged_twice",
        {"issued": False, "status": "awaiting_payment"},
        0,
        ["issue_and_refund_excess:bot", "ask_person:agent"],
    ),
    (
        "charged_twice",
        {"issued": False, "status": "expired"},
        0,
        ["refund_full:bot", "ask_person:agent"],
    ),
    (
        "expired_underpaid",
        {"available": 1, "price_rise": 20000, "shortfall": 120000},
        0,
        ["rebook_old_price_and_pay:bot", "rebook_and_pay:bot", "refund_full:bot"],
    ),
    ("expired_underpaid", {"available": 0}, 0, ["refund_full:bot"]),
    (
        "expired_unpaid",
        {"available": 2, "price_rise": 0},
        0,
        ["rebook_old_price_and_pay:bot", "ask_person:agent"],
    ),
    (
        "expired_unpaid",
        {"available": 2, "price_rise": 45000},
        0,
        ["rebook_old_price_and_pay:bot", "rebook_and_pay:bot", "ask_person:agent"],
    ),
    ("expired_unpaid", {"available": 2, "price_rise": 90000}, 0, ["rebook_and_pay:bot", "ask_person:agent"]),
    ("expired_unpaid", {"available": 0}, 0, ["ask_person:agent"]),
    (
        "expired_after_payment",
        {"available": 1, "price_now": 800000, "paid": 646305},
        0,
        ["rebook_and_issue:bot", "refund_full:bot"],
    ),
    (
        "expired_after_payment",
        {"available": 1, "price_now": 1500000, "paid": 646305},
        0,
        ["rebook_and_issue:supervisor", "refund_full:bot"],
    ),
    ("expired_after_payment", {"available": 0}, 0, ["refund_full:bot", "ask_person:agent"]),
    ("paid_after_expiry", {"available": 1, "shortfall": 0}, 0, ["rebook_and_issue:bot", "refund_full:bot"]),
    (
        "paid_after_expiry",
        {"available": 1, "shortfall": 30000, "price_now": 676305, "paid": 646305},
        0,
        ["rebook_and_issue:bot", "rebook_and_pay:bot", "refund_full:bot"],
    ),
    (
        "paid_after_expiry",
        {"available": 1, "shortfall": 90000, "price_now": 736305, "paid": 646305},
        0,
        ["rebook_and_pay:bot", "refund_full:bot"],
    ),
    ("paid_after_expiry", {"available": 0}, 0, ["refund_full:bot"]),
    ("cancelled", {"paid": 646305}, 0, ["refund_full:bot", "ask_person:agent"]),
    ("cancelled", {"paid": 0}, 0, ["ask_person:agent"]),
    ("refund_overdue", {"expedited": False}, 0, ["expedite_refund:bot", "ask_person:agent"]),
    ("refund_overdue", {"expedited": True}, 0, ["ask_person:agent"]),
    ("refund_within_promise", {}, 0, []),
    ("refund_paid", {}, 0, ["ask_person:agent"]),
    ("refund_failed", {}, 0, ["ask_person:agent"]),
    ("refund_refused", {}, 0, ["ask_person:supervisor"]),
    ("refund_not_found", {}, 0, ["ask_person:agent"]),
]


@pytest.mark.parametrize(("cause", "figures", "given", "offered"), TABLE)
def test_what_is_offered(cause: str, figures: dict[str, object], given: int, offered: list[str]) -> None:
    decision = decide(SOP, Diagnosis(cause, Side.NOBODY, figures), given)
    assert [f"{a.remedy}:{a.authority.value}" for a in decision.alternatives] == offered


def test_that_the_sop_has_a_word_on_every_cause() -> None:
    assert SOP.explanations.keys() == CAUSES.keys() - {"needs_person"}
    assert {row[0] for row in TABLE} == SOP.explanations.keys()


def test_that_every_rule_is_accounted_for() -> None:
    for cause, figures, given, _ in TABLE:
        decision = decide(SOP, Diagnosis(cause, Side.NOBODY, figures), given)
        assert [r.rule for r in decision.trace] == [r.id for r in SOP.for_cause(cause)]


def test_that_nobody_bends_a_limit_of_law() -> None:
    rule = Rule("r", "issued", "resend_ticket", (Grant(Authority.NOBODY, limit="law"),), "begitu aturannya")
    decision = decide(Sop("1", (rule,)), Diagnosis("issued", Side.NOBODY), 0)
    assert decision.alternatives == ()
    assert [(r.outcome, r.why) for r in decision.trace] == [("nobody may", "law")]


def test_that_a_missing_figure_never_fits() -> None:
    assert not Condition("difference", at_most=1000).holds({})
    assert not Condition("issued", equals=False).holds({"issued": None})
