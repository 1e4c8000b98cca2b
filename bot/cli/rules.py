"""The SOP, checked and explained."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from bot.care.diagnosis import CAUSES, Diagnosis, Side
from bot.care.sop import decide
from bot.cli.common import BadInput, opened, show, show_json
from bot.settings import Settings
from bot.sop import FIGURES, CompanyFiles
from bot.store.tables import Case
from bot.voice import read_responses


def check(settings: Settings, folder: Path | None, *, as_json: bool) -> None:
    files = CompanyFiles(folder or settings.company_dir)
    responses = read_responses(settings.domain_file)
    found = {
        "ok": True,
        "version": files.sop.version,
        "causes": len(files.sop.explanations),
        "rules": len(files.sop.rules),
        "responses": len(responses),
    }
    if as_json:
        show_json(found)
    else:
        show(
            f"right: {found['rules']} rules for {found['causes']} causes, {found['responses']} responses "
            f"({found['version']})"
        )


def explain(
    settings: Settings,
    case: str | None,
    cause: str | None,
    figures: list[str],
    granted: int,
    *,
    as_json: bool,
) -> None:
    if (case is None) == (cause is None):
        raise BadInput("give a case, or --cause NAME with --figure NAME=VALUE")
    if case is not None:
        told = _of_case(settings, case)
    else:
        told = _of_cause(CompanyFiles(settings.company_dir), str(cause), figures, granted)
    if as_json:
        show_json(told)
    else:
        _print(told)


def _of_cause(files: CompanyFiles, cause: str, figures: list[str], granted: int) -> dict[str, Any]:
    if cause not in CAUSES:
        raise BadInput(f"unknown cause {cause!r}; known: {', '.join(CAUSES)}")
    diagnosis = Diagnosis(cause, Side.NOBODY, dict(_figure(text) for text in figures))
    decision = decide(files.sop, diagnosis, granted)
    return {
        "cause": cause,
        "meaning": CAUSES[cause],
        "policy": files.sop.explanations.get(cause, ""),
        "figures": diagnosis.figures,
        **_plain(asdict(decision)),
    }


def _figure(text: str) -> tuple[str, int | bool | str]:
    name, equals, value = text.partition("=")
    if not equals or name not in FIGURES:
        known = ", ".join(FIGURES)
        raise BadInput(f"--figure {text!r}: write NAME=VALUE; names: {known}")
    if value in ("true", "false"):
        return name, value == "true"
    if re.fullmatch(r"-?\d+", value):
        return name, int(value)
    return name, value


def _plain(decision: dict[str, Any]) -> dict[str, Any]:
    for alternative in decision["alternatives"]:
        if alternative["deadline"] is not None:
            alternative["deadline"] = str(alternative["deadline"])
    return decision


def _of_case(settings: Settings, wanted: str) -> dict[str, Any]:
    with opened(settings) as store, store.reading() as session:
        query = select(Case).where(or_(Case.id == wanted, Case.booking_code == wanted.upper()))
        case = session.scalar(query.order_by(Case.created_at.desc()).limit(1))
        if case is None:
            raise BadInput(f"there is no case {wanted!r}, and none of a booking of that code")
        diagnosis, decision = case.diagnosis or {}, case.decision or {}
        return {
            "case": case.id,
            "booking": case.booking_code,
            "status": case.status,
            "cause": case.cause,
            "meaning": CAUSES.get(case.cause or "", "no diagnosis yet"),
            "policy": "",
            "sop_version": case.sop_version,
            "figures": diagnosis.get("figures", {}),
            "checks": diagnosis.get("checks", []),
            "unchecked": diagnosis.get("unchecked", []),
            "alternatives": decision.get("alternatives", []),
            "trace": decision.get("trace", []),
        }


def _print(told: dict[str, Any]) -> None:
    if "case" in told:
        show(f"case {told['case']}, booking {told['booking'] or '-'}, {told['status']}")
    show(f"{told['cause']}: {told['meaning']}")
    if told["policy"]:
        show(told["policy"])
    if told["figures"]:
        show("figures: " + ", ".join(f"{name}={value}" for name, value in told["figures"].items()))
    for ruling in told["trace"]:
        show(f"  {ruling['outcome']:<15} {ruling['rule']:<28} {ruling['why']}")
    if not told["trace"]:
        show("  no rule")
