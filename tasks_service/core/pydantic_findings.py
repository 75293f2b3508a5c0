"""From pydantic's errors to findings: the rule, the place in the document, and a sentence for people."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tasks_service.core.diagnostics import Finding, Loc, dotted
from tasks_service.core.mend import mend_of_word
from tasks_service.core.sentences import EXPECTED, meant, sentence
from tasks_service.core.shape import keys_of, models_at, tags_of
from tasks_service.core.suggestion import did_you_mean

_RULES = {
    "json_invalid": "JM003",
    "extra_forbidden": "JM010",
    "missing": "JM011",
    "missing_notation": "JM011",
    "null_value": "JM015",
    "timezone": "JM034",
    "interval_too_short": "JM036",
}
"""All other kinds are JM012: a value has the wrong type or form."""
_CONTRADICTIONS = ("exclusive", "suspend_reason")
"""Told by ``document_findings``, which sees them even where pydantic stops at an earlier error."""
MOST_FINDINGS = 100
"""More of one model help nobody, and looking for suggestions takes time."""


def findings_of(error: ValidationError, document: Any, model: type[BaseModel], prefix: Loc = ()) -> list[Finding]:
    """The findings of a failed validation of ``document`` by ``model``; ``prefix`` leads from the top to it."""
    by_place: dict[Loc, list[ErrorDetails]] = {}
    details = [d for d in error.errors(include_url=False) if d["type"] not in _CONTRADICTIONS]
    for detail in details[:MOST_FINDINGS]:
        by_place.setdefault(_place(detail, document, model), []).append(detail)
    findings = [_finding(tried, place, model, prefix) for place, tried in by_place.items()]
    if len(details) > MOST_FINDINGS:
        rest = f"{len(details) - MOST_FINDINGS} further errors are not listed"
        findings.append(Finding(rule="JM012", message=rest, loc=prefix))
    return findings


def unknown_key(loc: Loc, known: Iterable[str]) -> Finding:
    """The finding for a key that is not among the known ones."""
    names = sorted(known)
    hint = did_you_mean(str(loc[-1]), names) or f"known here: {', '.join(names) or 'no key at all'}"
    message, mend = f"{dotted(loc)} is no known key", mend_of_word(str(loc[-1]), names)
    return Finding(rule="JM010", message=message, hint=hint, loc=loc, on_key=True, mend=mend)


def _place(detail: ErrorDetails, document: Any, model: type[BaseModel]) -> Loc:
    """Pydantic's ``loc`` without the members of unions, which are no keys of the document."""
    place: list[str | int] = []
    value, raw = document, detail["loc"]
    for depth, part in enumerate(raw):
        last = depth == len(raw) - 1
        if isinstance(value, dict) and part in value and not _is_tag(part, raw[:depth], value, model):
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif not (last and detail["type"] == "missing"):
            continue
        place.append(part)
    if detail["type"] in ("union_tag_not_found", "union_tag_invalid"):
        place.append(str(detail["ctx"]["discriminator"]).strip("'"))
    return tuple(place)


def _is_tag(part: str | int, before: Loc, value: dict[str, Any], model: type[BaseModel]) -> bool:
    """Whether a part of ``loc`` only says which member of a tagged union was tried, although a key is called so."""
    members = models_at(model, before)
    return len(members) > 1 and part in value.values() and any(part in tags_of(m) for m in members)


def _finding(details: list[ErrorDetails], place: Loc, model: type[BaseModel], prefix: Loc) -> Finding:
    kind = next((d["type"] for d in details if d["type"] not in EXPECTED), details[0]["type"])
    loc = (*prefix, *place)
    if kind == "null_value":  # the mapping is refused as a whole, for one of its keys
        loc = (*loc, str(details[0]["ctx"]["key"]))
    members = models_at(model, details[0]["loc"] if kind.startswith("union_tag") else details[0]["loc"][:-1])
    if kind == "extra_forbidden":
        return unknown_key(loc, {key for m in members for key in keys_of(m)})
    if kind == "union_tag_not_found":
        known = ", ".join(tag for m in members for tag in tags_of(m))
        return Finding(rule="JM011", message=f"{dotted(loc)} is missing", hint=f"one of: {known}", loc=loc)
    message, hint = sentence(details, dotted(loc))
    return Finding(
        rule=_RULES.get(kind, "JM012"),
        message=message,
        hint=hint,
        loc=loc,
        on_key=kind == "null_value",
        mend=meant(details),
    )
