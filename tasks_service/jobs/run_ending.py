"""The sign that a run is to end."""

import asyncio


class RunEnding:
    """Set when a run is asked to end: cancelled, out of time, or its service stops. KILL follows after the grace."""

    def __init__(self) -> None:
        self._set = False
        self._waited_for = asyncio.Event()

    def is_set(self) -> bool:
        """Whether it is time to end; may be asked in any thread, and in code that never awaits."""
        return self._set

    async def wait(self) -> None:
        """Return when it is; on the loop that the job is executed on."""
        await self._waited_for.wait()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set it. For a signal's handler, which may interrupt anything."""
        self._set = True
        loop.call_soon_threadsafe(self._waited_for.set)
