"""Secrets in clear text are found, never repeated, and references are none."""

from typing import Any

import pytest

from tasks_service.core.clear_secrets import clear_secrets

CERTAIN = [
    "xoxb-" + "1234567890-" * 2 + "abcdefghij",
    "xapp-1-" + "A0123456789-" + "abcdef0123",
    "https://" + "hooks.slack.com/services/T0000/B0000/" + "abcdef",
    "ghp_" + "a" * 36,
    "github_pat_" + "a" * 22,
    "glpat-" + "a" * 20,
    "AKIA" + "A" * 16,
    "AIza" + "a" * 35,
    "sk-proj-" + "a" * 20,
    "sk_live_" + "a" * 16,
    "eyJhbGciOiJI." + "eyJzdWIiOiIx." + "abcdefghij",
    "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE",
    "postgresql://tasks:opensesame@db.example.org/tasks",
]


def rules(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.field) for finding in clear_secrets(document)]


@pytest.mark.parametrize("secret", CERTAIN, ids=lambda secret: secret[:8])
def test_what_has_the_form_of_a_secret_is_an_error_wherever_it_stands(secret: str) -> None:
    document = {"description": f"uses {secret}", "parameters": {"argv": ["send", secret], "env": {"X": secret}}}

    found = list(clear_secrets(document))

    assert [(f.rule, f.severity, f.field) for f in found] == [
        ("JM040", "error", "description"),
        ("JM040", "error", "parameters.argv[1]"),
        ("JM040", "error", "parameters.env.X"),
    ]
    assert not any(secret in f.message or secret in f.hint for f in found)


@pytest.mark.parametrize(
    "parameters",
    [
        {"headers": {"Authorization": "Bearer opensesame"}},
        {"headers": {"X-Api-Key": "opensesame"}},
        {"headers": {"Cookie": "session=opensesame"}},
        {"env": {"DB_PASSWORD": "opensesame"}},
        {"accessToken": "opensesame"},
        {"json": [{"secret": "opensesame"}]},
        {"argv": ["mysql", "--password=opensesame"]},
        {"argv": "curl -H 'Authorization: Bearer opensesame' https://example.com"},
    ],
)
def test_what_a_name_gives_away_is_a_warning(parameters: dict[str, Any]) -> None:
    [finding] = clear_secrets({"parameters": parameters})

    assert (finding.rule, finding.severity) == ("JM041", "warning")
    assert "opensesame" not in finding.message + finding.hint
    assert "${TASKS_SECRET_NAME}" in finding.hint


@pytest.mark.parametrize(
    "parameters",
    [
        {"headers": {"Authorization": "Bearer ${TASKS_SECRET_PING}"}},
        {"url": "https://robot:${TASKS_SECRET_ROBOT}@example.com/"},
        {"url": "https://example.com:8443/a@b"},
        {"env": {"TOKEN": "$OTHER", "PASSWORD": "none", "SECRET_FILE": "secrets/one", "PRIVATE_KEY": "/run/key"}},
        {"argv": ["mysql", "--password=$PASSWORD"]},
        {"argv": ["mysql", "--password=${TASKS_SECRET_DB}"]},
        {"extract": {"max_tokens": "/usage/tokens"}},
        {"url": "https://example.com/task-sk-board-and-risk-overview"},
    ],
)
def test_references_variables_paths_and_short_words_are_no_secrets(parameters: dict[str, Any]) -> None:
    assert rules({"parameters": parameters}) == []


def test_a_credential_by_name_counts_in_parameters_alone() -> None:
    assert rules({"labels": {"token": "opensesame"}, "owner": "secret"}) == []
