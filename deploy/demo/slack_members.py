"""The people of the stand-in Slack: invented, but the same at every start."""

from typing import Any

WORKSPACES = (
    {"id": "T0ACME", "name": "Acme", "domain": "acme"},
    {"id": "T0LABS", "name": "Acme Labs", "domain": "acme-labs"},
    {"id": "T0SHOP", "name": "Acme Shop", "domain": "acme-shop"},
)
ENTERPRISE = {"id": "E0GROUP", "name": "Acme Group"}
MEMBERS = 1200

NAMES = (
    "Zoë Müller", "Łukasz Żółkiewski", "陈伟", "Олена Шевченко", "José Ñáñez", "محمد علي", "Siobhán O’Brien",
    "Ada Lovelace", "Đặng Thị Hoa", "Ayşe Yıldız", "Ngũgĩ wa Thiong’o", "Grace Hopper 🚀", "דוד כהן", "佐藤 さくら",
)  # fmt: skip
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Nairobi", "America/Sao_Paulo")
UPDATED = 1_700_000_000


def members() -> list[dict[str, Any]]:
    """All members of the organisation; the first is Slackbot, the second the primary owner."""
    return [_member(number) for number in range(MEMBERS)]


def members_of(team_id: str) -> list[dict[str, Any]]:
    """The members of one workspace."""
    return [member for member in members() if team_id in member["enterprise_user"]["teams"]]


def _member(number: int) -> dict[str, Any]:
    member = _person(number)
    if number == 0:
        return member | {"id": "USLACKBOT", "name": "slackbot", "real_name": "Slackbot"}
    if number % 25 == 3:
        # Of deactivated people Slack tells neither role nor zone.
        return {key: value for key, value in member.items() if key != "tz"} | {"deleted": True}
    return member | _role(number)


def _role(number: int) -> dict[str, bool]:
    if number % 40 == 0:
        return {"is_bot": True}
    guest = number % 30 == 7 and number > 12
    single_channel = guest and number % 60 == 7
    return {
        "is_admin": number <= 12,
        "is_owner": number <= 4,
        "is_primary_owner": number == 1,
        "is_restricted": guest,
        "is_ultra_restricted": single_channel,
        "is_bot": False,
    }


def _person(number: int) -> dict[str, Any]:
    name = f"person{number:04d}"
    real_name = f"{NAMES[number % len(NAMES)]} {number}"
    profile = {"real_name": real_name, "display_name": "" if number % 9 == 0 else name, "status_text": ""}
    if number % 6 == 1:
        profile["status_text"] = "On holiday 🌴"
    if number % 17 != 5:
        profile["email"] = f"{name}@acme.example"
    return {
        "id": f"U{number:08d}",
        "team_id": _teams(number)[0],
        "name": name,
        "real_name": real_name,
        "deleted": False,
        "tz": ZONES[number % len(ZONES)],
        "updated": UPDATED + number,
        "profile": profile,
        "enterprise_user": {"id": f"W{number:08d}", "enterprise_id": ENTERPRISE["id"], "teams": _teams(number)},
    }


def _teams(number: int) -> list[str]:
    """Most belong to one workspace, every tenth to two."""
    ids = [workspace["id"] for workspace in WORKSPACES]
    first = number % len(ids)
    return [ids[first], ids[(first + 1) % len(ids)]] if number % 10 == 0 else [ids[first]]


def channels() -> list[dict[str, Any]]:
    """Public channels; every fifth is archived."""
    return [
        {"id": f"C{number:06d}", "name": f"channel-{number}", "is_archived": number % 5 == 0} for number in range(45)
    ]
