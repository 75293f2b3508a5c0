"""From masked bytes to lines: what waits for the end of its line, and the style in which it goes on."""

from tasks_service.adapters.local_executor.escapes import parted, woven
from tasks_service.adapters.local_executor.masking import Masker
from tasks_service.core.ansi import PLAIN, kept
from tasks_service.core.masking import MASK

LONGEST_LINE = 8 * 1024
LEAST_COST = 20
"""What a short line counts against a limit, in bytes: a million empty lines are not free to keep."""


_LONGEST_STYLE = 64


class Piece:
    """A line of text without its end, and what it was in the stream."""

    __slots__ = ("ends", "length", "text")

    def __init__(self, text: str, length: int, *, ends: bool) -> None:
        self.text = text
        self.length = length
        """In bytes of the stream, with the end of the line."""
        self.ends = ends
        """Whether the line ends here: a long one is cut into pieces."""

    @property
    def cost(self) -> int:
        """What it counts against a limit, in bytes."""
        text = len(self.text) if self.text.isascii() else len(self.text.encode())
        return max(text + self.ends, LEAST_COST)


class LineCutter:
    """One stream of a run. Takes bytes, and gives one line after the other for as long as it is asked.

    ``after_gap``: what came before is gone. It begins with the first line that can hold no part of a secret from there.
    """

    def __init__(self, masker: Masker, *, after_gap: bool = False) -> None:
        self._masker = masker
        self._held = b""
        self._line = bytearray()
        self._start = 0
        self._style = PLAIN
        self._skip = run_in(masker) if after_gap else 0
        self._seek = LONGEST_LINE if after_gap else 0
        self.skipped = 0
        """How many bytes were left out at the beginning, and how many ends of lines in them."""
        self.skipped_lines = 0

    @property
    def waiting(self) -> int:
        """How many bytes were taken and not given yet."""
        return len(self._line) - self._start + len(self._held)

    @property
    def waiting_lines(self) -> int:
        """How many ends of lines are in them."""
        return self._line.count(b"\n", self._start) + self._held.count(b"\n")

    def take(self, data: bytes) -> None:
        """Take what follows."""
        masked, self._held = self._masker.replace(self._held + data)
        self._line += self._after_gap(masked) if self._seek else masked

    def finish(self) -> None:
        """Nothing follows: what waited for the rest of a secret or of a sequence is text."""
        masked, self._held = self._masker.replace(self._held, last=True)
        self._line += self._after_gap(masked) if self._seek else masked

    def peek(self, *, last: bool = False) -> Piece | None:
        """The next complete line; with ``last``, also one without an end. It stays here until ``drop``."""
        end = self._end(last=last)
        if end == self._start:
            del self._line[: self._start]
            self._start = 0
            return None
        raw = bytes(self._line[self._start : end])
        bare = raw.removesuffix(b"\n").removesuffix(b"\r") if raw.endswith(b"\n") else raw
        text, self._next_style = kept(bare.decode("utf-8", "replace"), self._style)
        self._next_start = end
        return Piece(text, len(raw), ends=len(bare) < len(raw))

    def drop(self) -> None:
        """Go on after the line that ``peek`` showed."""
        self._start, self._style = self._next_start, self._next_style

    def _end(self, *, last: bool) -> int:
        """Where the next piece ends; where it begins, if it is not complete."""
        end = self._line.find(b"\n", self._start, self._start + LONGEST_LINE) + 1
        if end:
            return end
        if len(self._line) - self._start <= LONGEST_LINE:
            return len(self._line) if last else self._start
        return _between_characters(self._line, self._start + LONGEST_LINE)

    def _after_gap(self, masked: bytes) -> bytes:
        """What is left of the beginning: nothing, until enough is passed over and a line begins, or is too long."""
        text, marks = parted(masked)
        cut = min(self._skip, len(text))
        self._skip -= cut
        if not self._skip:
            end = text.find(b"\n", cut, cut + self._seek) + 1
            if not end and len(text) - cut > self._seek:
                end = _between_characters(text, cut + self._seek)
            self._seek = 0 if end else self._seek - (len(text) - cut)
            cut = end or len(text)
        self.skipped += cut
        self.skipped_lines += text.count(b"\n", 0, cut)
        return woven(text, marks, cut, len(text) + 1)


def run_in(masker: Masker) -> int:
    """How many bytes after a gap may be the rest of a secret that began in it. A mask may be longer than a secret."""
    return len(MASK) * masker.longest


def _between_characters(buffer: bytes | bytearray, position: int) -> int:
    """Where a line may be cut, at that position or shortly before: within no character and no escape sequence."""
    escape = buffer.rfind(b"\x1b", position - _LONGEST_STYLE, position)
    if escape >= 0 and b"m" not in buffer[escape:position]:
        return escape
    for back in range(4):
        if buffer[position - back] & 0xC0 != 0x80:
            return position - back
    return position
