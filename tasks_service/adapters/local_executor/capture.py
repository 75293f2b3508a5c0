"""Capture: from the bytes that a run prints to lines that may be kept and shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tasks_service.adapters.local_executor.masking import Masker
from tasks_service.core.run import OutputLine

_LONGEST_LINE = 8 * 1024
_LEAST_COST = 20
"""What a short line counts against the cap, in bytes: a million empty lines are not free to keep."""
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) != "\t"} | {0x7F: 0x2421}
_INVISIBLE = dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029], 0xFFFD)
_READABLE = _PICTURES | _INVISIBLE


@dataclass(slots=True)
class _Stream:
    """One of the two streams: what waits for the rest of a secret, and what waits for the end of its line."""

    held: bytes = b""
    line: bytearray = field(default_factory=bytearray)


class Capture:
    """The output of one run: masked, cut into lines, and kept up to ``limit`` bytes from the beginning."""

    def __init__(self, masker: Masker, limit: int) -> None:
        self._masker = masker
        self._limit = limit
        self._room = limit
        self._streams = {"stdout": _Stream(), "stderr": _Stream()}
        self._seq = 0
        self._kept = 0
        self._full = False
        self._total = 0

    @property
    def total_bytes(self) -> int:
        """All that was printed, kept or not."""
        return self._total

    def feed(self, name: str, data: bytes, at: datetime) -> list[OutputLine]:
        """Take what came from a stream; returns the lines that are complete now."""
        self._total += len(data)
        if self._full:
            return []
        stream = self._streams[name]
        masked, stream.held = self._masker.replace(stream.held + data)
        stream.line += masked
        return self._keep(name, _complete_lines(stream.line), at)

    def close(self, at: datetime) -> list[OutputLine]:
        """Both streams are at their end; returns the last lines, and what was left out."""
        lines: list[OutputLine] = []
        for name, stream in self._streams.items():
            rest = bytes(stream.line) + stream.held
            if rest:
                lines += self._keep(name, iter([rest]), at)
        if self._full:
            dropped = self._total - self._kept
            text = f"output limit of {self._limit} bytes reached: {dropped} of {self._total} bytes left out"
            lines.append(self._line("system", text, at))
        return lines

    def remark(self, text: str, at: datetime) -> OutputLine:
        """A line of the service's own, after all that was captured."""
        return self._line("system", self._masker.text(text), at)

    def _keep(self, name: str, lines: Iterator[bytes], at: datetime) -> list[OutputLine]:
        kept: list[OutputLine] = []
        for line in lines:
            if self._full or max(len(line), _LEAST_COST) > self._room:
                self._full = True
                break
            self._room -= max(len(line), _LEAST_COST)
            self._kept += len(line)
            kept.append(self._line(name, _readable(line), at))
        return kept

    def _line(self, stream: str, text: str, at: datetime) -> OutputLine:
        self._seq += 1
        return OutputLine(seq=self._seq, at=at, stream=stream, text=text)


def _complete_lines(buffer: bytearray) -> Iterator[bytes]:
    """Take the complete lines, with their ends, off the buffer; a longer one is cut into pieces between characters."""
    start = 0
    while True:
        end = buffer.find(b"\n", start, start + _LONGEST_LINE) + 1
        if not end:
            if len(buffer) - start <= _LONGEST_LINE:
                break
            end = _between_characters(buffer, start + _LONGEST_LINE)
        yield bytes(buffer[start:end])
        start = end
    del buffer[:start]


def _between_characters(buffer: bytearray, position: int) -> int:
    for back in range(4):
        if buffer[position - back] & 0xC0 != 0x80:
            return position - back
    return position


def _readable(line: bytes) -> str:
    """The line as text: invalid bytes replaced, colours removed, every other control character made visible."""
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
    return _ESCAPE_SEQUENCE.sub("", text).translate(_READABLE)
