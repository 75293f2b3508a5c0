"""A wall clock that a test can set for one process, by libfaketime; the monotonic clock stays as it is."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from needs import leave_out

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def faketime_library() -> str:
    """The library to preload; skips the test where it is not installed."""
    for pattern in _PLACES:
        for found in sorted(Path("/").glob(pattern.lstrip("/"))):
            return str(found)
    leave_out("libfaketime is not installed (apt-get install libfaketime)", required_by="REQUIRE_FAKETIME")
    return None


class SetClock:
    """The clock of the processes that get ``environment``: so many hours beside that of the machine."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.put(0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process must be started with to go by this clock."""
        return {
            "LD_PRELOAD": faketime_library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds; without, each look at a clock would read the file
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def put(self, hours: int) -> None:
        """Set the clock: so many hours before or after the machine's."""
        with tempfile.NamedTemporaryFile("w", dir=self._file.parent, delete=False) as fresh:
            fresh.write(f"{hours:+d}h\n")
        Path(fresh.name).replace(self._file)
