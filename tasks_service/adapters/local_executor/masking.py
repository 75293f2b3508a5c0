"""Masking: secret values never leave a run, whatever its job prints, returns or raises."""

import re
from collections.abc import Iterable
from typing import Any

from tasks_service.core.artifact import artifact_name
from tasks_service.core.masking import MASK, all_spellings, mask_of
from tasks_service.core.run import RunError, RunResult


class Masker:
    """Replaces the secret values of one run, also where they are quoted for JSON, Python or a URL."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = tuple(secrets)
        self._mask = mask_of(known)
        self._spellings = [spelling.encode(errors="surrogateescape") for spelling in all_spellings(known)]
        self._bytes = re.compile(b"|".join(map(re.escape, self._spellings))) if self._spellings else None

    def text(self, text: str) -> str:
        """The text without secrets, and without NUL, which not every database can store."""
        return self._mask(text).replace("\0", "␀")

    def value(self, value: Any) -> Any:
        """The same JSON with every text in it masked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value

    def result(self, result: RunResult) -> RunResult:
        """The same result, all its texts masked."""
        error = result.error
        if error is not None:
            error = RunError(**{key: self.text(text) for key, text in error.model_dump().items()})
        # The content of files is left as it is: a mask would break many of them, and they are downloads, not a page.
        kept = tuple(one.model_copy(update={"name": artifact_name(self.text(one.name))}) for one in result.artifacts)
        return result.model_copy(update={"result": self.value(result.result), "error": error, "artifacts": kept})

    def replace(self, data: bytes) -> tuple[bytes, bytes]:
        """The masked beginning of a stream, and the rest that may be the first part of a secret and has to wait."""
        if self._bytes is None:
            return data, b""
        masked = self._bytes.sub(MASK.encode(), data)
        held = max((_held(masked, spelling) for spelling in self._spellings), default=0)
        return masked[: len(masked) - held], masked[len(masked) - held :]


def _held(data: bytes, spelling: bytes) -> int:
    """The length of the longest end of ``data`` that is a beginning of the spelling, but not all of it."""
    start = data.find(spelling[:1], max(0, len(data) - len(spelling) + 1))
    while start >= 0:
        if spelling.startswith(data[start:]):
            return len(data) - start
        start = data.find(spelling[:1], start + 1)
    return 0
