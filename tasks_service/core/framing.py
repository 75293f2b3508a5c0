"""Framing: how messages follow each other on a stream between processes. Each has its length in front."""

import struct
from collections.abc import Iterator

_LENGTH = struct.Struct("!I")


class FrameTooLarge(ValueError):
    """The other side announces more than was agreed; nothing after it can be read."""


def frame(payload: bytes) -> bytes:
    """The payload with its length in front."""
    return _LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Cuts a stream into frames. ``limit`` is the largest payload accepted, in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the payloads that are complete now; raise ``FrameTooLarge`` at one that would exceed the limit."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > self._limit:
                raise FrameTooLarge(f"a message of {length} bytes is announced; {self._limit} are allowed")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield payload
