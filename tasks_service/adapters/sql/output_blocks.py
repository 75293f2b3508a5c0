"""Blocks of output: lines of one run that follow one another, in one row, compressed.

A row a line costs six times the room and three times the time, in which the database is locked for others.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from tasks_service.adapters.sql.columns import clean
from tasks_service.core.run import OutputLine

LONGEST_BLOCK = 500
"""In lines."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_QUICK = 1


def blocks_of(lines: Sequence[OutputLine]) -> Iterator[Sequence[OutputLine]]:
    """Part lines of one run, ascending, into blocks: within one, each ``seq`` is one more than the last."""
    runs = groupby(enumerate(lines), key=lambda place: place[1].seq - place[0])
    for _, places in runs:
        following = [line for _, line in places]
        yield from (following[n : n + LONGEST_BLOCK] for n in range(0, len(following), LONGEST_BLOCK))


def pack(block: Sequence[OutputLine]) -> bytes:
    """What is kept of a block beside its first ``seq``: times in microseconds since 1970, streams and texts."""
    told = [[(line.at - _EPOCH) // _MICROSECOND, line.stream, clean(line.text)] for line in block]
    return zlib.compress(json.dumps(told, separators=(",", ":")).encode("ascii"), _QUICK)


def unpack(first_seq: int, content: bytes) -> list[OutputLine]:
    """The lines of a block."""
    return [
        OutputLine(seq=seq, at=_EPOCH + at * _MICROSECOND, stream=stream, text=text)
        for seq, (at, stream, text) in enumerate(json.loads(zlib.decompress(content)), first_seq)
    ]
