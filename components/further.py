"""Which other matters a message raises: evidence for each label, weighed by a small logistic model.

Evidence comes from the primary classifier asked about the whole, each clause and each pair of neighbouring clauses,
from how often a label rides along at all, and from plain cues: ideas that together say the matter in one clause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from components.concepts import concepts_of
from components.features import Reading, bound

# ideas that say the matter when they meet in one clause; "~" denied, "-" not yet
CUES: Final[dict[str, str]] = {
    "complain_no_response": "IGNORED | ~REPLY | -REPLY | ROBOT REPLY | CONTACTED ~RECEIVE | CONTACTED NEG",
    "complain_staff_attitude": "RUDE STAFF | RUDE",
    "threaten_escalation": "THREAT",
    "request_human": "HUMAN SPEAKTO | HUMAN WANT | SPEAKTO WANT | STAFF SPEAKTO | HUMAN",
    "complain_app_error": "APP APPFAIL | LOGIN CANNOT | APPFAIL | APP ~CAN",
    "request_refund": "WANT REFUND | CAN REFUND | REFUND COMPENS",
    "request_reschedule": "RESCHED WANT | RESCHED CAN | RESCHED DATEWORD | RESCHED <date>",
    "request_cancel_booking": "CANCEL WANT | CANCEL BOOKING | CANCEL CAN",
    "request_data_correction": "CORRECT | DATACORR | NAMEDATA RESCHED",
    "request_resend_ticket": "RESEND | INVOICEDOC WANT | RESEND TICKET",
    "complain_double_charge": "DOUBLE DEDUCT | DOUBLE PAY | DOUBLE BILL",
    "complain_ticket_not_issued": "-ISSUE TICKET | ~ISSUE TICKET | TICKET -RECEIVE | TICKET ~RECEIVE",
    "complain_refund_delay": "-REFUND | -RECEIVE REFUND | ~RECEIVE REFUND | REFUND LATE | MONEY -REFUND | REFUND DURWORD",
    "complain_refund_amount": "REFUND PART | REFUND DENDA | REFUND COIN | REFUND REFUSED | REFUND DEDUCT",
    "complain_schedule_change": "SCHEDCHANGE",
    "complain_baggage": "BAGGAGE LOST | BAGGAGE BROKEN | BAGGAGE",
    "complain_facility": "CABIN | UPGRADE",
    "complain_price_promo": "PROMO | EXPENSIVE | PRICE DIFFER",
    "complain_paylater": "PAYLATER",
    "complain_data_error": "DATAWRONG NAMEDATA | DATAWRONG",
    "complain_booking_expired": "CANCELSYS | BOOKING CANCEL",
    "complain_payment_unconfirmed": "WAITPAY | -CONFIRM | ~CONFIRM",
    "complain_payment_mismatch": "DIFFER BILL | DIFFER PRICE | LESS PAY | MORE BILL | FEE BILL | DIFFER DEDUCT",
    "report_fraud": "FRAUD",
    "praise": "PRAISE",
    "ask_wait_time": "HOWLONG | WHEN | WAITQ",
    "ask_policy": "POLICYQ | POLICY QUES | POLICY CAN | AVAIL",
    "ask_how_to_pay": "HOWPAY | HOW PAY | METHOD CAN",
    "ask_refund_status": "STATUSQ REFUND | STATUS REFUND | REFUND WHEN",
    "ask_booking_status": "STATUSQ BOOKING | STATUS BOOKING",
    "ask_payment_status": "STATUSQ PAY | STATUS PAY",
    "ask_why": "WHY",
    "request_personal_data": "PERSONALDATA",
    "complain_general": "DISSATISFIED",
    "give_payment_proof": "PROOF",
    "express_anger": "ANGER",
    "propose_alternative": "PROPOSE",
    "reject_options": "REJECTOPT",
    "thank": "THANK",
}
_FLOOR: Final = 1e-4
COLUMNS: Final = 21


_PARSED: Final = {
    label: tuple(frozenset(part.split()) for part in cue.split(" | ")) for label, cue in CUES.items()
}


def cues_in(reading: Reading, labels: Sequence[str]) -> Any:
    """For each label the rank of its first cue found in a clause: 1 for the surest, less for later ones, 0 for none."""
    clauses = [
        {idea for group in clause for idea in group}
        for clause in bound(reading.words, concepts_of(reading.words, reading.norms))
    ]
    strengths = np.zeros(len(labels))
    for at, label in enumerate(labels):
        for rank, cue in enumerate(_PARSED.get(label, ())):
            if any(cue <= clause for clause in clauses):
                strengths[at] = 1.0 / (1.0 + 0.5 * rank)
                break
    return strengths


def evidence(whole: Any, clauses: Any, pairs: Any, cues: Any, priors: Any, words: int, primary: int) -> Any:
    """One row per label: what speaks for it as a further matter. All chances are after the softmax."""
    labels = whole.shape[0]
    rank = np.empty(labels)
    rank[np.argsort(-whole)] = np.arange(labels)
    apart = clauses[clauses[:, primary] < 0.4]
    best = np.log(clauses.max(axis=0) + _FLOOR)
    wide = np.log(pairs.max(axis=0) + _FLOOR)
    away = np.log((apart.max(axis=0) if len(apart) else np.zeros(labels)) + _FLOOR)
    chance = np.log(whole + _FLOOR)
    length = math.log(words + 1)
    wins = (clauses.argmax(axis=1)[:, None] == np.arange(labels)).any(axis=0).astype(float)
    wins_wide = (pairs.argmax(axis=1)[:, None] == np.arange(labels)).any(axis=0).astype(float)
    return np.stack(
        [
            chance, best, wide, away, clauses.sum(axis=0), np.full(labels, length),
            np.full(labels, math.log(len(clauses) + 1)), priors, clauses.argmax(axis=0) / len(clauses), 1.0 / (1.0 + rank),
            np.full(labels, math.log(whole[primary] + _FLOOR)), wins, wins_wide, cues, cues * best, cues * priors,
            best * priors, best * length, chance * best, cues * wins, cues * away,
        ],
        axis=1,
    )  # fmt: skip


def likely(rows: Any) -> Any:
    """Candidates that anything speaks for; the rest are never fitted and never named."""
    return (
        (rows[:, 0] > math.log(0.02))
        | (rows[:, 1] > math.log(0.04))
        | (rows[:, 2] > math.log(0.04))
        | (rows[:, 13] > 0)
    )


def chances(rows: Any, weights: Any) -> Any:
    return likely(rows) / (1.0 + np.exp(-np.clip(rows @ weights[:-1] + weights[-1], -40, 40)))


def pick_threshold(given: Any, truth: Any, precision: float) -> float:
    """The lowest threshold from which the precision holds, so that recall is as high as may be."""
    order = np.argsort(-given, kind="stable")
    shares = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero((shares >= precision) & (np.arange(len(order)) >= 20))
    return float(given[order[good[-1]]]) if len(good) else 0.6


def fit(rows: Any, truth: Any, messages: Any, precision: float) -> tuple[Any, float]:
    """Weights, and a threshold picked on messages that the weights were not fitted to."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    some = likely(rows)
    rows, truth, messages = rows[some], truth[some], messages[some]
    if truth.sum() < 10:
        return np.append(np.zeros(rows.shape[1]), -20.0), 0.6
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9

    def weigh(at: Any) -> Any:
        fitted = LogisticRegression(C=1.0, max_iter=400).fit((rows[at] - centre) / spread, truth[at])
        slope = fitted.coef_[0] / spread
        return np.append(slope, fitted.intercept_[0] - slope @ centre)

    given = np.zeros(len(truth))
    for known, held in GroupKFold(4).split(rows, truth, messages):
        given[held] = chances(rows[held], weigh(known))
    return weigh(np.arange(len(truth))), pick_threshold(given, truth, precision)
