"""Secrets are found in every spelling that programs give them."""

import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tasks_service.core.masking import mask_of

SECRET = "pä ss/w\"o+r'd&<x>\\=="


@pytest.mark.parametrize(
    "spelt",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        repr(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        urlencode({"k": SECRET})[2:],
        html.escape(SECRET),
        shlex.quote(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_masked_however_it_is_quoted(spelt: str) -> None:
    assert mask_of([SECRET])(f"<{spelt}>") == "<***>"


@pytest.mark.parametrize("name", ["", "u", "us", "use"])
def test_a_secret_is_masked_in_what_base64_makes_of_more(name: str) -> None:
    header = base64.b64encode(f"{name}:hunter2-very-secret:x".encode()).decode()

    shown = mask_of(["hunter2-very-secret"])(f"Basic {header}")

    assert "***" in shown
    assert len(shown) < len(header)


def test_a_long_secret_is_masked_where_base64_is_cut_into_lines() -> None:
    secret = "".join(map(str, range(80)))

    assert mask_of([secret])(base64.encodebytes(secret.encode()).decode()).strip("*=\n") == ""


def test_a_secret_that_is_not_unicode_does_no_harm() -> None:
    assert mask_of(["broken-\udcff-secret"])("see broken-\udcff-secret") == "see ***"


def test_short_secrets_do_not_blank_out_what_only_looks_like_their_base64() -> None:
    assert mask_of(["abc"])("YWJj") == "YWJj"
