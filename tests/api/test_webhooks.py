"""Webhooks: who signs right wakes the sources, once; who does not is refused and audited."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import KEY, House

from tasks_service.api import Options

SECRET = "a secret of both sides"
PUSH = b'{"ref": "refs/heads/main"}'
URL = "/api/webhooks/git"


@pytest.fixture
def hooked(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    """A service with a key and a webhook's secret."""
    options = Options(version="0", secret_key="s", key=KEY, public=True, webhook_secret=SECRET)
    with House(fresh_database, tmp_path, options).opened() as opened:
        yield opened


def github(body: bytes = PUSH, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}


def test_a_push_that_github_signs_wakes_the_sources_without_a_key(hooked: House) -> None:
    answer = hooked.client.post(URL, content=PUSH, headers=github())

    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    assert hooked.source.pokes == 1


def test_a_delivery_that_comes_again_changes_nothing(hooked: House) -> None:
    first = hooked.client.post(URL, content=PUSH, headers=github() | {"X-GitHub-Delivery": "one"})
    again = hooked.client.post(URL, content=PUSH, headers=github() | {"X-GitHub-Delivery": "two"})

    assert (first.json()["accepted"], again.json()["accepted"]) == (True, False)
    assert hooked.source.pokes == 1


def test_gitlab_sends_its_token_and_names_its_deliveries(hooked: House) -> None:
    def push(token: str, name: str) -> tuple[int, bool | None]:
        headers = {"Content-Type": "application/json", "X-Gitlab-Token": token, "X-Gitlab-Event-UUID": name}
        answer = hooked.client.post(URL, content=PUSH, headers=headers)
        return answer.status_code, answer.json().get("accepted")

    assert push(SECRET, "one") == (202, True)
    assert push(SECRET, "one") == (202, False)
    assert push(SECRET, "two") == (202, True)
    assert push("guess", "three")[0] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        github(secret="guess"),
        github(body=b"another body"),
        {"Content-Type": "application/json", "X-Hub-Signature-256": b"sha256=\xe9"},
        {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256="},
    ],
    ids=["none", "guessed", "of another body", "not ascii", "empty"],
)
def test_what_is_not_signed_right_is_refused_and_audited(hooked: House, headers: dict[str, Any]) -> None:
    answer = hooked.client.post(URL, content=PUSH, headers=headers)

    assert answer.status_code == 401
    assert "TASKS_WEBHOOK_SECRET" in answer.json()["error"]
    assert hooked.source.pokes == 0
    audit = hooked.client.get("/api/audit", headers={"Authorization": f"Bearer {KEY}"}).json()["items"]
    assert [(a["object"], a["reason"], a["outcome"]) for a in audit] == [(f"POST {URL}", "wrong signature", "denied")]


def test_without_a_secret_no_webhook_is_accepted(house: House) -> None:
    answer = house.client.post(URL, content=PUSH, headers=github())

    assert answer.status_code == 403
    assert "TASKS_WEBHOOK_SECRET" in answer.json()["hint"]
