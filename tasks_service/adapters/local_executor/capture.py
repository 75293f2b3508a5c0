"""Capture: from the bytes that a run prints to lines that may be kept and shown."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from tasks_service.adapters.local_executor.line_cutter import LONGEST_LINE, LineCutter, Piece, run_in
from tasks_service.adapters.local_executor.masking import Masker
from tasks_service.adapters.local_executor.tail import Tail
from tasks_service.core.run import OutputLine
from tasks_service.core.sizes import about

_BATCH_LINES = 500
_STEP = 16 * 1024
"""How many bytes of the end are masked and cut at once."""


class Capture:
    """The output of one run: masked, cut into lines, and at most ``limit`` bytes of it kept.

    One half of them is from the beginning and given at once, the other from the end and given when there is one.
    """

    def __init__(self, masker: Masker, limit: int) -> None:
        self._masker = masker
        self._limit = limit
        self._room = limit // 2
        self._cutters = {name: LineCutter(masker) for name in ("stdout", "stderr")}
        self._tail: Tail | None = None
        self._full_at: datetime | None = None
        self._seq = 0
        self._total = 0
        self._left_out = 0
        self._lines_left_out = 0

    @property
    def live(self) -> bool:
        """Whether lines are given at once: the beginning is not complete yet."""
        return self._tail is None

    @property
    def total_bytes(self) -> int:
        """All that was printed, kept or not."""
        return self._total

    def feed(self, name: str, data: bytes, at: datetime) -> list[OutputLine]:
        """Take what came from a stream; returns the lines that are complete now."""
        self._total += len(data)
        if self._tail is not None:
            self._tail.add(name, data, at)
            return []
        cutter = self._cutters[name]
        cutter.take(data)
        lines = self._beginning(name, cutter, at)
        if self._full_at is not None:
            self._tail = Tail(self._limit - self._limit // 2 + run_in(self._masker) + LONGEST_LINE)
            lines.append(self._line("system", self._notice(), at))
        return lines

    def closing(self, at: datetime) -> Iterator[list[OutputLine]]:
        """Both streams are at their end; gives the last lines, and says before them what was left out.

        In steps, some of them empty, none of which takes long.
        """
        for name, cutter in self._cutters.items():
            if self._full_at is None:
                cutter.finish()
                yield self._beginning(name, cutter, at, last=True)
        if self._full_at is None:
            return
        end: deque[tuple[str, datetime, Piece]] = deque()
        yield from self._end_into(end, at)
        if self._left_out:
            yield [self._line("system", self._marker(), at)]
        while end:
            batch = [end.popleft() for _ in range(min(len(end), _BATCH_LINES))]
            yield [self._line(name, piece.text, printed) for name, printed, piece in batch]

    def remark(self, text: str, at: datetime) -> OutputLine:
        """A line of the service's own, after all that was captured."""
        return self._line("system", self._masker.text(text), at)

    def _beginning(self, name: str, cutter: LineCutter, at: datetime, *, last: bool = False) -> list[OutputLine]:
        """The lines for which there is room; the first that does not fit stays where it is, with all that follows."""
        lines: list[OutputLine] = []
        while piece := cutter.peek(last=last):
            if piece.cost > self._room:
                self._full_at = at
                break
            cutter.drop()
            self._room -= piece.cost
            lines.append(self._line(name, piece.text, at))
        return lines

    def _end_into(self, end: deque[tuple[str, datetime, Piece]], at: datetime) -> Iterator[list[OutputLine]]:
        """Fill ``end`` with the newest lines for which there is room, in steps."""
        tail = self._tail or Tail(0)
        self._left_out, self._lines_left_out = tail.left_out, tail.lines_left_out
        for name in tail.gaps:
            self._leave_out(self._cutters[name].waiting, self._cutters[name].waiting_lines)
            self._cutters[name] = LineCutter(self._masker, after_gap=True)
        room = self._limit - self._limit // 2
        for name, cutter in self._cutters.items():
            room = self._take_end(end, room, name, cutter, self._full_at or at)
        for block in tail.blocks():
            cutter = self._cutters[block.stream]
            for start in range(0, len(block.data), _STEP):
                cutter.take(bytes(block.data[start : start + _STEP]))
                room = self._take_end(end, room, block.stream, cutter, block.at)
                yield []
        for name, cutter in self._cutters.items():
            cutter.finish()
            room = self._take_end(end, room, name, cutter, at, last=True)
            self._leave_out(cutter.skipped, cutter.skipped_lines)

    def _take_end(
        self,
        end: deque[tuple[str, datetime, Piece]],
        room: int,
        name: str,
        cutter: LineCutter,
        at: datetime,
        *,
        last: bool = False,
    ) -> int:
        """Append what is complete, and leave out the oldest until the rest fits; returns the room that is left."""
        while piece := cutter.peek(last=last):
            cutter.drop()
            end.append((name, at, piece))
            room -= piece.cost
            while room < 0:
                _, _, oldest = end.popleft()
                room += oldest.cost
                self._leave_out(oldest.length, int(oldest.ends))
        return room

    def _leave_out(self, length: int, lines: int) -> None:
        self._left_out += length
        self._lines_left_out += lines

    def _notice(self) -> str:
        half = about(self._limit - self._limit // 2)
        return (
            "… half of the limit is printed: from here on lines are left out. "
            f"The last {half} are shown here when the run ends (policy.resources.output)"
        )

    def _marker(self) -> str:
        what = about(self._left_out)
        if self._lines_left_out:
            what = f"{self._lines_left_out:,} line{'' if self._lines_left_out == 1 else 's'} ({what})"
        return f"… {what} left out here: the limit is {about(self._limit)} (policy.resources.output)"

    def _line(self, stream: str, text: str, at: datetime) -> OutputLine:
        self._seq += 1
        return OutputLine(seq=self._seq, at=at, stream=stream, text=text)
