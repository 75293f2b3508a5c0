"""The relay: the one socket that a run inherits, and that leads to the embedded bot API."""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import httpcore


class RelayBackend(httpcore.AsyncNetworkBackend):
    """Hands out the given connected socket instead of opening a connection; once, for there is only one."""

    def __init__(self, relay: socket.socket) -> None:
        self._relay = relay
        self._used = False

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The stream over the relay, wherever the request wants to go."""
        if self._used:
            raise httpcore.ConnectError("the relay to the service is closed, and a run has no other")
        self._used = True
        try:
            reader, writer = await asyncio.open_connection(sock=self._relay)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return _RelayStream(reader, writer)


class _RelayStream(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout("the service did not answer in time") from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout("the service did not read in time") from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def get_extra_info(self, info: str) -> Any:
        # The pool asks this before it uses an idle connection again: readable then means closed by the other side.
        return self._reader.at_eof() if info == "is_readable" else None
