"""Webhooks: who is believed, and what names a delivery."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from tasks_service.core.webhook import delivery

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = b'{"ref": "refs/heads/main"}'
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def standard(identity: str = "one", at: datetime = NOW, key: bytes = KEY, body: bytes = BODY) -> dict[str, str]:
    sent = str(int(at.timestamp()))
    signature = base64.b64encode(hmac.digest(key, f"{identity}.{sent}.".encode() + body, "sha256")).decode()
    return {"webhook-id": identity, "webhook-timestamp": sent, "webhook-signature": f"v1,{signature}"}


def test_a_standard_webhook_is_named_by_its_id_alone() -> None:
    first = delivery(standard(), BODY, SECRET, NOW)

    assert len(first) == 64
    assert delivery(standard(at=NOW + timedelta(minutes=1)), BODY, SECRET, NOW) == first
    assert delivery(standard("two"), BODY, SECRET, NOW) not in ("", first)


def test_a_secret_in_words_signs_standard_webhooks_by_its_own_bytes() -> None:
    assert delivery(standard(key=b"a secret in words"), BODY, "a secret in words", NOW)


def test_one_of_several_signatures_is_enough_while_a_secret_is_changed() -> None:
    headers = standard()
    headers["webhook-signature"] = f"v1,b2xk {headers['webhook-signature']}"

    assert delivery(headers, BODY, SECRET, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        standard(at=NOW - timedelta(minutes=6)),
        standard(at=NOW + timedelta(minutes=6)),
        standard(key=b"guessed"),
        standard(key=b""),
        standard(body=b"{}"),
        standard() | {"webhook-id": "another"},
        standard() | {"webhook-timestamp": "٣" * 10},
        standard() | {"webhook-signature": ""},
        {},
        {"x-gitlab-token": ""},
        {"x-gitlab-token": "guessed"},
        {"x-hub-signature-256": "sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest()},
    ],
    ids=str,
)
def test_what_is_old_or_signed_with_anything_else_has_no_name(headers: dict[str, str]) -> None:
    assert delivery(headers, BODY, SECRET, NOW) == ""


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "words"])
def test_no_secret_stands_for_an_empty_key(secret: str) -> None:
    assert delivery(standard(key=b""), BODY, secret, NOW) == ""
