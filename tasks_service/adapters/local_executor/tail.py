"""The end of what a run prints: the newest bytes as they came, so that what is left out costs next to nothing."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from tasks_service.adapters.local_executor.line_cutter import LEAST_COST

_LARGEST_COST = 64 * 1024
_TOGETHER = timedelta(milliseconds=100)
"""What comes within this time of each other and fits into a small block shares a time."""
_SMALL = 4 * 1024


class Block:
    """Bytes of one stream that came at about one time."""

    __slots__ = ("at", "data", "lines", "stream")

    def __init__(self, stream: str, data: bytearray, at: datetime, lines: int) -> None:
        self.stream = stream
        self.data = data
        self.at = at
        self.lines = lines
        """How many ends of lines are in it."""

    @property
    def cost(self) -> int:
        """In bytes; lines of almost nothing cost more than they are long."""
        return max(len(self.data), LEAST_COST * (self.lines + 1))


class Tail:
    """Blocks of both streams in the order in which they came: the newest that cost at least ``room`` together."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._blocks: deque[Block] = deque()
        self._cost = 0
        self.gaps: set[str] = set()
        """The streams of which something was left out."""
        self.left_out = 0
        """In bytes, and how many ends of lines were in them."""
        self.lines_left_out = 0

    def add(self, stream: str, data: bytes, at: datetime) -> None:
        """Take what came, and let go of what is too old."""
        lines = data.count(b"\n")
        parts = 1 + LEAST_COST * lines // _LARGEST_COST
        if parts == 1:
            self._append(stream, data, at, lines)
            return
        step = len(data) // parts + 1
        for start in range(0, len(data), step):
            part = data[start : start + step]
            self._append(stream, part, at, part.count(b"\n"))

    def blocks(self) -> Iterator[Block]:
        """All that is here, the oldest first; each is given once."""
        while self._blocks:
            yield self._blocks.popleft()

    def _append(self, stream: str, data: bytes, at: datetime, lines: int) -> None:
        newest = self._blocks[-1] if self._blocks else None
        if newest and newest.stream == stream and len(newest.data) + len(data) <= _SMALL and at - newest.at < _TOGETHER:
            self._cost -= newest.cost
            newest.data += data
            newest.lines += lines
        else:
            newest = Block(stream, bytearray(data), at, lines)
            self._blocks.append(newest)
        self._cost += newest.cost
        while self._cost - self._blocks[0].cost >= self._room and len(self._blocks) > 1:
            self._let_go(self._blocks.popleft())

    def _let_go(self, oldest: Block) -> None:
        self._cost -= oldest.cost
        self.gaps.add(oldest.stream)
        self.left_out += len(oldest.data)
        self.lines_left_out += oldest.lines
