"""Addresses of git repositories: which ones may be fetched from. Pure."""

import re
from urllib.parse import urlsplit

SCHEMES = ("https", "http", "ssh", "file")
_SCP = re.compile(r"^(?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9][A-Za-z0-9_.-]*:(?!//)[^-]\S*$")
_FORMS = "write https://…, ssh://…, git@host:path or file:///…"


def address_trouble(url: str) -> str:
    """What is wrong with an address; empty where nothing is. It repeats nothing of it: it may hold a token."""
    if url.startswith("-") or any(c.isspace() or not c.isprintable() for c in url):
        return "it begins with a dash or holds a blank"
    if "::" in url.partition("/")[0]:
        return f"it names a program to run; {_FORMS}"
    if "://" not in url:
        if url.startswith(("/", ".")):
            return "a path is written as file:///…"
        return "" if _SCP.fullmatch(url) else f"it is no address of a repository; {_FORMS}"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "host or port cannot be read"
    if parts.scheme not in SCHEMES:
        return f"it has another scheme; {_FORMS}"
    if parts.password is not None or (parts.scheme in ("http", "https") and parts.username is not None):
        return "it holds a password or a token: give that as TASKS_GIT_TOKEN"
    if (parts.hostname or "").startswith("-") or (not parts.hostname and parts.scheme != "file"):
        return "it names no host"
    return ""
