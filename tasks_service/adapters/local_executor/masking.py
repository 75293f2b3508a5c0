"""Masking: secret values never leave a run, whatever its job prints, returns or raises."""

import re
from collections.abc import Iterable
from typing import Any

from tasks_service.adapters.local_executor.escapes import Mark, finished, parted, within, woven
from tasks_service.core.ansi import plain_lines
from tasks_service.core.artifact import artifact_name
from tasks_service.core.masking import MASK, all_spellings, mask_of
from tasks_service.core.run import RunError, RunResult

_MASK = MASK.encode()


class Masker:
    """Replaces the secret values of one run, in all their spellings, also where colours change within them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = tuple(secrets)
        self._mask = mask_of(known)
        raw = [spelling.encode(errors="surrogateescape") for spelling in all_spellings(known)]
        shown = {text for spelling in raw if (text := parted(spelling)[0]).strip()}
        self._spellings = sorted(shown, key=lambda spelling: (-len(spelling), spelling))
        self._pattern = re.compile(b"|".join(map(re.escape, self._spellings))) if self._spellings else None

    @property
    def longest(self) -> int:
        """The length of the longest text that is replaced, in bytes."""
        return len(self._spellings[0]) if self._spellings else 0

    def text(self, text: str) -> str:
        """The text without secrets, and without NUL, which not every database can store."""
        if "\x1b" in text:
            bare = parted(text.encode(errors="surrogatepass"))[0].decode(errors="surrogatepass")
            if self._mask(bare) != bare:
                text = bare
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
        """The same result, all its texts masked; those of an error without control characters, as people read them."""
        error = result.error
        if error is not None:
            error = RunError(
                **{key: self._mask(plain_lines(self.text(text))) for key, text in error.model_dump().items()}
            )
        # The content of files is left as it is: a mask would break many of them, and they are downloads, not a page.
        kept = tuple(one.model_copy(update={"name": artifact_name(self.text(one.name))}) for one in result.artifacts)
        return result.model_copy(update={"result": self.value(result.result), "error": error, "artifacts": kept})

    def replace(self, data: bytes, *, last: bool = False) -> tuple[bytes, bytes]:
        """The masked beginning of a stream, and the rest that has to wait for more, unless this is ``last``.

        What waits may be the first part of a secret, or of an escape sequence. Where the stream is cut changes nothing.
        Of escape sequences only those that set a style are left.
        """
        known = len(data) if last else finished(data)
        text, marks = parted(data[:known])
        masked, end = self._masked(text, marks, last=last)
        held = b"" if last else woven(text, marks, end, len(text) + 1) + data[known:]
        return masked, held

    def _masked(self, text: bytes, marks: list[Mark], *, last: bool) -> tuple[bytes, int]:
        """What is settled of the text, masked, and where the rest begins."""
        if self._pattern is None:
            return woven(text, marks, 0, len(text) + 1), len(text) + 1
        parts, at = [], 0
        open_from = len(text) if last else self._open_from(text, 0)
        while (found := self._pattern.search(text, at)) and found.start() < open_from:
            parts += [woven(text, marks, at, found.start()), _MASK]
            parts += [mark for _, mark in within(marks, found.start(), found.end())]
            at = found.end()
            if at > open_from:
                open_from = self._open_from(text, at)
        end = len(text) + 1 if open_from == len(text) else open_from
        return b"".join([*parts, woven(text, marks, at, end)]), end

    def _open_from(self, text: bytes, start: int) -> int:
        """Where the longest end of the text begins that is the beginning of a spelling, but not all of it."""
        return min((_open(text, spelling, start) for spelling in self._spellings), default=len(text))


def _open(text: bytes, spelling: bytes, start: int) -> int:
    at = text.find(spelling[:1], max(start, len(text) - len(spelling) + 1))
    while at >= 0:
        if spelling.startswith(text[at:]):
            return at
        at = text.find(spelling[:1], at + 1)
    return len(text)
