"""Webhooks: whether a delivery comes from whom it says, and what names it. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far the clock of whoever signs a time may be from ours."""
_ENCODED = "whsec_"


def delivery(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """What names a delivery that is signed with the secret, in 64 characters; empty where it is not signed so.

    Names of headers are in lower case. The same delivery has the same name, whatever is not signed.
    """
    return _signed_body(headers, body, secret) or _standard(headers, body, secret, now) or _token(headers, body, secret)


def _signed_body(headers: Mapping[str, str], body: bytes, secret: str) -> str:
    """GitHub, Gitea and Forgejo sign the body, so that names it: each push has another one."""
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = headers.get("x-hub-signature-256", "").removeprefix("sha256=")
    return signed if _same(given, signed) else ""


def _standard(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """Standard Webhooks, as GitLab signs them: an id, a time and the body; an old time is refused."""
    identity, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    content = f"{identity}.{sent}.".encode("utf-8", "replace") + body
    signed = base64.b64encode(hmac.digest(_key(secret), content, "sha256")).decode()
    given = [word.removeprefix("v1,") for word in headers.get("webhook-signature", "").split(" ")]
    if not any(_same(one, signed) for one in given) or not _recent(sent, now):
        return ""
    return hashlib.sha256(f"id {identity}".encode("utf-8", "replace")).hexdigest()


def _token(headers: Mapping[str, str], body: bytes, secret: str) -> str:
    """GitLab sends the secret itself, and a name of the event beside it."""
    if not _same(headers.get("x-gitlab-token", ""), secret):
        return ""
    named = headers.get("x-gitlab-event-uuid", "") + headers.get("idempotency-key", "")
    digest = hashlib.sha256(body).hexdigest()
    return hashlib.sha256(f"{named} {digest}".encode("utf-8", "replace")).hexdigest()


def _key(secret: str) -> bytes:
    """The bytes that a secret of Standard Webhooks stands for; any other secret is its own."""
    try:
        decoded = base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    except ValueError:
        decoded = b""
    return decoded if decoded and secret.startswith(_ENCODED) else secret.encode()


def _recent(sent: str, now: datetime) -> bool:
    seconds = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) <= 12 else 0
    return abs(now.timestamp() - seconds) <= TOLERANCE.total_seconds()


def _same(given: str, wanted: str) -> bool:
    """Compared in a time that tells nothing."""
    return bool(given) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
