"""Findings as JUnit's XML, which servers that show test results read: a suite for the run, a case for each file."""

from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from tasks_service.cli.reading import Found
from tasks_service.core.diagnostics import Diagnostic, errors


def junit(found: Found) -> str:
    """The report. A file with an error is a failure; warnings stand in what the case printed."""
    by_file: dict[str, list[Diagnostic]] = {path: [] for path in found.paths}
    for problem in found.problems:
        by_file[problem.path].append(problem)
    failures = sum(bool(errors(problems)) for problems in by_file.values())
    counts = {"tests": str(len(by_file)), "failures": str(failures), "errors": "0", "skipped": "0"}
    suites = Xml.Element("testsuites", counts)
    suite = Xml.SubElement(suites, "testsuite", {"name": "tasks validate", **counts})
    for path, problems in by_file.items():
        _add_case(suite, path, problems)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode")


def _add_case(suite: Xml.Element, path: str, problems: list[Diagnostic]) -> None:
    case = Xml.SubElement(
        suite, "testcase", {"classname": "manifests", "name": _printable(path), "file": _printable(path)}
    )
    wrong = errors(problems)
    if wrong:
        told = {"message": _printable(f"{wrong[0].rule}: {wrong[0].message}"), "type": wrong[0].rule}
        Xml.SubElement(case, "failure", told).text = _listed(wrong)
    doubts = [problem for problem in problems if problem.severity == "warning"]
    if doubts:
        Xml.SubElement(case, "system-out").text = _listed(doubts)


def _listed(problems: Iterable[Diagnostic]) -> str:
    return "\n".join(_printable(str(problem)) for problem in problems)


def _printable(text: str) -> str:
    """XML has no way to write control characters and halves of characters."""
    return "".join(
        c if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff") else "\ufffd"
        for c in text
    )
