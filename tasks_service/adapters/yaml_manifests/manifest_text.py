"""Manifests as text: read with the place of every finding, written in the order in which people read them."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks_service.adapters.yaml_manifests.editing import edited
from tasks_service.adapters.yaml_manifests.events import Fault, Parsed, Place, Refused, documents
from tasks_service.adapters.yaml_manifests.mending import Mender
from tasks_service.adapters.yaml_manifests.writing import SCHEMA, written
from tasks_service.core.calendar_rules import references
from tasks_service.core.diagnostics import Diagnostic, Finding, Loc, placed
from tasks_service.core.manifest import JobManifest
from tasks_service.core.mend import Fix
from tasks_service.core.ports import MAX_MANIFEST_BYTES, CalendarDraft, Clock, Reading
from tasks_service.core.state import Origin, Sourced
from tasks_service.core.validation import Rulebook, is_calendar, kind_findings


class YamlManifests:
    """Implements ``ManifestText``."""

    def __init__(self, rulebook: Rulebook, clock: Clock) -> None:
        self._rulebook = rulebook
        self._clock = clock

    def read(self, text: str | bytes, path: str) -> Reading:
        """Parse and validate all documents of a text; never raises for bad input.

        Where the text cannot be read to its end none of its manifests is trusted: it may have been cut off.
        """
        manifests: list[Sourced] = []
        calendars: list[CalendarDraft] = []
        problems: list[Diagnostic] = []
        try:
            for document in documents(decoded(text)):
                found = self._judge(document, path, manifests, calendars)
                problems += sorted(found, key=lambda d: (d.line, d.column))
        except Refused as refused:
            manifests, calendars = [], []
            problems.append(diagnostic_of_fault(refused.fault, path))
        except Exception as error:  # noqa: BLE001 - whatever stands in a file, the service must go on
            manifests, calendars = [], []
            fault = Fault("JM001", f"the file cannot be understood ({type(error).__name__})", Place(1, 1))
            problems.append(diagnostic_of_fault(fault, path))
        return Reading(manifests=tuple(manifests), calendars=tuple(calendars), problems=tuple(problems))

    def write(self, document: Mapping[str, Any], schema: str = SCHEMA, header: Iterable[str] = ()) -> str:
        """One document as YAML with a modeline and a comment above it, keys in the order of the manifest model."""
        return written(document, schema, header)

    def edit(self, text: str | bytes, old: JobManifest, new: JobManifest) -> str:
        """The text with the document of ``old`` saying what ``new`` says, and everything else as it was.

        Raises ``ValueError`` with the reason where the text cannot be changed in place.
        """
        return edited(decoded(text), old, new)

    def mended(self, text: bytes, path: str, modeline: str = "") -> tuple[bytes, tuple[Fix, ...]]:
        """The text with all that can certainly be mended, and what that was; the same text where there is nothing."""
        try:
            plain = decoded(text)
        except Refused:
            return text, ()
        mended = Mender(self._rulebook, self._clock.now()).mended(plain, path, modeline)
        mark = codecs.BOM_UTF8 if text.startswith(codecs.BOM_UTF8) else b""
        return (mark + mended.text.encode(), mended.fixes) if mended.fixes else (text, ())

    def _judge(
        self, document: Parsed, path: str, manifests: list[Sourced], calendars: list[CalendarDraft]
    ) -> list[Diagnostic]:
        """The findings of one document; what is valid joins ``manifests`` or ``calendars``."""
        found = [diagnostic_of_fault(fault, path) for fault in document.faults]
        if document.empty:
            return found
        if not isinstance(document.value, dict):
            hint = "write one document for each job, separated by ---" if isinstance(document.value, list) else ""
            fault = Fault("JM004", "a manifest is a mapping of keys to values", document.start, hint)
            return [*found, diagnostic_of_fault(fault, path)]
        origin = Origin(source="", path=path, line=document.start.line)
        if is_calendar(document.value):
            findings = self._calendar(document, origin, calendars)
        else:
            findings = self._job(document, origin, manifests)
        told = {(d.line, d.column) for d in found}
        located = (_diagnostic(finding, document, path) for finding in findings)
        return found + [d for d in located if (d.line, d.column) not in told]

    def _job(self, document: Parsed, origin: Origin, manifests: list[Sourced]) -> Sequence[Finding]:
        checked = self._rulebook.check(document.value, self._clock.now())
        if checked.manifest and not document.faults:
            places = {loc: _place(document, ("schedule", *loc)) for loc in references(checked.manifest.schedule)}
            manifests.append(Sourced(manifest=checked.manifest, origin=origin, places=places))
        return checked.findings

    def _calendar(self, document: Parsed, origin: Origin, calendars: list[CalendarDraft]) -> Sequence[Finding]:
        if wrong := kind_findings(document.value):
            return wrong
        checked = self._rulebook.check_calendar(document.value, self._clock.now())
        if checked.manifest and not document.faults:
            places = tuple(_place(document, ("ical", index)) for index in range(len(checked.manifest.ical)))
            calendars.append(CalendarDraft(manifest=checked.manifest, origin=origin, places=places))
        return checked.findings


def _place(document: Parsed, loc: Loc) -> tuple[int, int]:
    place = document.place(loc, on_key=False)
    return place.line, place.column


def decoded(text: str | bytes) -> str:
    """The text of a file, without a byte order mark; raises ``Refused`` where it is not UTF-8."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    if len(text) > MAX_MANIFEST_BYTES:
        return text[: MAX_MANIFEST_BYTES + 1].decode("utf-8", "replace")  # too large, and refused as such
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8-sig", "replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the file is not UTF-8: byte 0x{text[error.start]:02x}"
        raise Refused(Fault("JM001", message, place, "save it as UTF-8")) from error


def diagnostic_of_fault(fault: Fault, path: str) -> Diagnostic:
    """A fault, now that its file is known."""
    return Diagnostic(
        rule=fault.rule,
        message=fault.message,
        hint=fault.hint,
        path=path,
        line=fault.place.line,
        column=fault.place.column,
    )


def _diagnostic(finding: Finding, document: Parsed, path: str) -> Diagnostic:
    place = document.place(finding.loc, on_key=finding.on_key)
    return placed(finding, path=path, line=place.line, column=place.column)
