"""Findings in SARIF 2.1.0, which code scanners read; the rules' words come from the catalogue."""

import json
from typing import Any
from urllib.parse import quote

from tasks_service import __version__
from tasks_service.cli.reading import Found
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.rules.catalogue import CATALOGUE
from tasks_service.core.rules.rule import Rule, page


def sarif(found: Found) -> str:
    """The log of one run. Only the rules that were broken are described."""
    rules = sorted({problem.rule for problem in found.problems})
    driver = {
        "name": "tasks validate",
        "semanticVersion": __version__,
        "rules": [_rule(CATALOGUE[rule]) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder in which the command was run."}}},
        "results": [_result(problem, rules) for problem in found.problems],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(rule: Rule) -> dict[str, Any]:
    tags = ["security"] if rule.id in ("JM040", "JM041") else ["correctness"]
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title[0].upper()}{rule.title[1:]}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why} {rule.remedy}", "markdown": page(rule)},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": tags},
    }


def _result(problem: Diagnostic, rules: list[str]) -> dict[str, Any]:
    hint = f" ({problem.hint})" if problem.hint else ""
    return {
        "ruleId": problem.rule,
        "ruleIndex": rules.index(problem.rule),
        "level": problem.severity,
        "message": {"text": problem.message + hint},
        "locations": [{"physicalLocation": _location(problem)}],
    }


def _location(problem: Diagnostic) -> dict[str, Any]:
    """An absolute path stands by itself; any other one is counted from the folder of the command."""
    absolute = problem.path.startswith("/")
    artifact = {"uri": f"file://{quote(problem.path)}"} if absolute else _relative(problem.path)
    place: dict[str, Any] = {"artifactLocation": artifact}
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": problem.column}
    return place


def _relative(path: str) -> dict[str, str]:
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}
