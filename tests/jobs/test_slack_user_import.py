"""The import of users, against the stand-in Slack and a real bot API on loopback."""

from typing import Any

import pytest
from scripted_server import serving
from slack_imports import ALL, imported

from deploy.demo import slack_members as people
from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.jobs.slack_directory import WorkspaceNotFound, kind_of, teams_of


def test_everybody_arrives_once_in_batches_of_fifty_in_spite_of_a_rate_limit() -> None:
    with serving(slack := SlackStandIn()):
        result, users = imported(slack.url, {"user_types": ALL, "include_deactivated": True})
    assert slack.limited == 1
    assert result["slack_rate_limited"] == 1
    assert [user["id"] for user in users] == [member["id"] for member in people.members()]
    assert (result["users_seen"], result["users_selected"], result["users_processed"]) == (1200, 1200, 1200)
    assert (result["batches"], result["batches_arrived"]) == (24, list(range(1, 25)))
    assert result["workspaces"] == [{"id": "T0ACME", "name": "Acme"}]
    assert result["users_left_out"] == {}


def test_by_default_members_and_admins_who_are_active(slack: SlackStandIn) -> None:
    result, users = imported(slack.url)
    expected = [m for m in people.members() if not m["deleted"] and kind_of(m) in {"member", "admin"}]
    assert [user["id"] for user in users] == [member["id"] for member in expected]
    assert result["users_by_type"] == {"admin": 8, "member": len(expected) - 8}
    assert result["guests_selected"] == sum(bool(m.get("is_restricted")) for m in expected) > 0
    assert sum(result["users_left_out"].values()) + len(users) == 1200
    assert result["users_left_out"]["owner"] == 3


def test_a_user_has_the_documented_fields_and_no_invented_ones(slack: SlackStandIn) -> None:
    _, users = imported(slack.url, {"user_types": "owner,bot"})
    primary_owner = next(user for user in users if user["id"] == "U00000001")
    assert primary_owner == {
        "id": "U00000001",
        "name": "person0001",
        "real_name": "Łukasz Żółkiewski 1",
        "display_name": "person0001",
        "email": "person0001@acme.example",
        "is_admin": True,
        "is_owner": True,
        "is_bot": False,
        "deleted": False,
        "status": "On holiday 🌴",
        "timezone": "America/New_York",
        "last_updated": 1_700_000_001,
    }
    assert next(user for user in users if user["id"] == "USLACKBOT")["is_bot"]


def test_a_missing_address_stays_empty(slack: SlackStandIn) -> None:
    _, users = imported(slack.url)
    assert {user["email"] for user in users if user["id"] == "U00000022"} == {""}


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ({"is_bot": True, "is_owner": True, "is_admin": True}, "bot"),
        ({"is_owner": True, "is_admin": True}, "owner"),
        ({"is_primary_owner": True}, "owner"),
        ({"is_admin": True}, "admin"),
        ({"is_restricted": True, "is_ultra_restricted": True}, "member"),
        ({}, "member"),
    ],
)
def test_bot_comes_before_owner_before_admin_before_member(member: dict[str, Any], kind: str) -> None:
    assert kind_of({"id": "U1", **member}) == kind


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        *(("xoxb-demo-org", wanted) for wanted in ("T0LABS", "t0labs", "acme-labs.slack.com", " acme labs ")),
        *(("xoxb-demo-grid", wanted) for wanted in ("T0LABS", "acme-labs", "Acme Labs")),
    ],
)
def test_a_filter_means_a_workspace_by_id_domain_or_name(slack: SlackStandIn, token: str, wanted: str) -> None:
    parameters = {"workspace_filter": wanted, "user_types": ALL, "include_deactivated": True}
    result, users = imported(slack.url, parameters, token)
    visible = people.members() if token == "xoxb-demo-org" else people.members_of("T0ACME")
    assert [u["id"] for u in users] == [m["id"] for m in visible if "T0LABS" in teams_of(m)] != []
    assert result["workspaces"] == [{"id": "T0LABS", "name": "Acme Labs"}]


def test_an_organisation_is_read_workspace_by_workspace_and_nobody_twice(slack: SlackStandIn) -> None:
    result, users = imported(slack.url, {"user_types": ALL, "include_deactivated": True}, "xoxb-demo-org")
    assert sorted(user["id"] for user in users) == sorted(member["id"] for member in people.members())
    assert [workspace["id"] for workspace in result["workspaces"]] == ["T0ACME", "T0LABS", "T0SHOP"]


def test_the_own_workspace_is_found_by_its_domain_without_a_further_scope(slack: SlackStandIn) -> None:
    slack.calls.clear()
    imported(slack.url, {"workspace_filter": "acme"})
    assert {method for method, _ in slack.calls} == {"auth.test", "users.list"}


@pytest.mark.parametrize(
    ("token", "seen"),
    [
        ("xoxb-demo", "Acme (T0ACME, acme)"),
        ("xoxb-demo-org", "Acme (T0ACME, acme), Acme Labs (T0LABS, acme-labs), Acme Shop (T0SHOP, acme-shop)"),
    ],
)
def test_a_filter_that_matches_nothing_lists_what_the_token_sees(slack: SlackStandIn, token: str, seen: str) -> None:
    with pytest.raises(WorkspaceNotFound) as caught:
        imported(slack.url, {"workspace_filter": "Globex"}, token)
    assert "'Globex'" in str(caught.value)
    assert seen in str(caught.value)
