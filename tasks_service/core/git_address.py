"""Addresses of git repositories: which ones may be fetched from. Pure."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

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
    return _part_trouble(parts)


def _part_trouble(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if parts.scheme not in SCHEMES:
        return f"it has another scheme; {_FORMS}"
    if parts.password is not None or (parts.scheme in ("http", "https") and parts.username is not None):
        return "it holds a password or a token: give that as TASKS_GIT_TOKEN"
    if parts.query or parts.fragment:
        return "it holds a query; a token is given as TASKS_GIT_TOKEN"
    if host.startswith("-") or (not host and parts.scheme != "file"):
        return "it names no host"
    if parts.scheme == "http" and not _is_own(host):
        return "http can be read and changed on its way, so it is for this machine alone: write https://…"
    return ""


def _is_own(host: str) -> bool:
    """Whether a host is this machine, as far as its name tells."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
