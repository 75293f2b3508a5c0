"""Addresses with passwords in them: what may be shown, and what must not."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from tasks_service.core.masking import MASK

_PLACE = re.compile(r"(?:(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d+)?)?(?:/[^?#@]*)?")
"""A host with or without port, and a path: nothing in which a badly quoted password could end."""
_ANOTHER = re.compile(r";(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_SECRET_KEY = re.compile("pass|secret|token|credential", re.IGNORECASE)


def shown_address(address: str) -> str:
    """The address without user, password and query. Where it cannot be told for sure where the password ends, nothing
    but its scheme is shown."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return MASK
    user, at, place = rest.rpartition("@")
    place, question, _ = place.partition("?")
    if "?" in user or not _PLACE.fullmatch(place):
        return f"{scheme}://{MASK}"
    return f"{scheme}://{f'{MASK}@' if at else ''}{place}{f'?{MASK}' if question else ''}"


def passwords(address: str) -> Iterator[str]:
    """The passwords in an address, as they are spelt there and as they are meant; a broker may have several."""
    for spelt in (found for part in _ANOTHER.split(address) for found in _spelt(part)):
        yield from {spelt, unquote(spelt)}


def _spelt(address: str) -> Iterator[str]:
    rest = address.partition("://")[2]
    for user in {rest.partition("@")[0], rest.rpartition("@")[0]} if "@" in rest else ():
        yield user.partition(":")[2]  # an @ that should have been quoted ends it in one library and not in another
    for key, value in parse_qsl(rest.partition("?")[2]):
        if _SECRET_KEY.search(key):
            yield value


def shown_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with every text masked, and whatever stands under the name of a secret."""
    return {key: MASK if _SECRET_KEY.search(key) else _shown(value) for key, value in options.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return shown_options(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return MASK if isinstance(value, str) else value


def option_secrets(value: Any, *, named: bool = False) -> Iterator[str]:
    """The texts that options hold under the names of secrets."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from option_secrets(item, named=named or bool(_SECRET_KEY.search(key)))
    elif isinstance(value, list):
        for item in value:
            yield from option_secrets(item, named=named)
    elif named and value is not None and not isinstance(value, bool):
        yield str(value)
