"""YAML documents of other programs, within the same bounds as manifests, with the line of every value."""

from tasks_service.adapters.yaml_manifests.events import Refused, documents
from tasks_service.adapters.yaml_manifests.manifest_text import decoded, diagnostic_of_fault
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.imports.original import Original


def originals(text: bytes, path: str) -> tuple[list[Original], list[Diagnostic]]:
    """All documents of a text that hold something, and what makes the text unusable; never raises for bad input."""
    found: list[Original] = []
    problems: list[Diagnostic] = []
    try:
        for document in documents(decoded(text)):
            problems += [diagnostic_of_fault(fault, path) for fault in document.faults]
            if not document.empty:
                lines = {loc: place.line for loc, place in {**document.values, **document.keys}.items()}
                found.append(Original(value=document.value, line=document.start.line, lines=lines))
    except Refused as refused:
        problems.append(diagnostic_of_fault(refused.fault, path))
    return found, problems
