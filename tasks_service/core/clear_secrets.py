"""Secrets in clear text: values with the form of a token, and keys that by their name hold a credential.

The value itself is never repeated.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tasks_service.core.diagnostics import Finding, Loc, dotted
from tasks_service.core.secret import REFERENCE

_FORMS: dict[str, re.Pattern[str]] = {
    "a Slack token": re.compile(r"\bxox[abeprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}"),
    "the address of a Slack webhook": re.compile(r"hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]+/[A-Z0-9]+/\w+"),
    "a GitHub token": re.compile(r"\bgh[opsur]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"),
    "a GitLab token": re.compile(r"\bgl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_-]{20,}"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    "a Google API key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "an API key": re.compile(
        r"\bsk-(?:(?:proj|ant)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})|\b[sr]k_live_[A-Za-z0-9]{16,}"
    ),
    "a JSON Web Token": re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "the password of an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/?#:@]*:(?!\$)[^\s/?#@]+@", re.IGNORECASE),
}
_CREDENTIAL = re.compile(
    r"(?:^|[_.\- ])(?:authorization|cookie|password|passwd|passphrase|secret|token|credentials?|api[_-]?key|"
    r"access[_-]?key|private[_-]?key|auth[_-]?key|x-api-key)$",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPELT_OUT = re.compile(
    r"(?:--?(?:password|passwd|token|secret|api[-_]?key)[= ]|\bauthorization: *(?:bearer|basic|token) +)"
    r"['\"]?(?![$/-])[^\s'\"]{6,}",
    re.IGNORECASE,
)
"""An option of a command, or a header in its text."""
_SHORTEST = 6
"""A shorter value protects nothing, and is most likely a word such as none or auto."""
_CHECKED = frozenset({"schedule", "job_id", "job_type"})
"""Keys whose form is checked already and leaves no room for a secret."""


def clear_secrets(document: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings about a whole document, at most one for each value."""
    for key, value in document.items():
        if key not in _CHECKED:
            yield from _within(value, (key,))


def _within(value: Any, loc: Loc) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _within(inner, (*loc, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _within(inner, (*loc, index))
    elif isinstance(value, str):
        yield from _of_text(value, loc)


def _of_text(text: str, loc: Loc) -> Iterator[Finding]:
    form = next((name for name, pattern in _FORMS.items() if pattern.search(REFERENCE.sub("@", text))), "")
    if form:
        yield _finding("JM040", f"{dotted(loc)} holds {form} in clear text", loc)
    elif loc[0] == "parameters" and (_SPELT_OUT.search(text) or (_is_credential(loc) and _protects(text))):
        yield _finding("JM041", f"{dotted(loc)} looks like a secret in clear text", loc)


def _is_credential(loc: Loc) -> bool:
    """Whether the name of a parameter, or of a key in it, says that its value is one."""
    name = next(part for part in reversed(loc) if isinstance(part, str))
    return bool(_CREDENTIAL.search(_CAPITAL.sub("_", name)))


def _protects(text: str) -> bool:
    """Whether a value can be the credential itself: no reference, no variable of a shell and no path."""
    word = text.strip().rpartition(" ")[2]
    return len(word) >= _SHORTEST and word[0] not in "$/" and not REFERENCE.search(word)


def _finding(rule: str, message: str, loc: Loc) -> Finding:
    return Finding(
        rule=rule,
        message=message,
        hint="put it into a variable of the service and write ${TASKS_SECRET_NAME}",
        severity="error" if rule == "JM040" else "warning",
        loc=loc,
    )
