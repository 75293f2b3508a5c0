"""Figures about a Slack workspace: its members by kind and its channels, counted now."""

from collections import Counter
from datetime import datetime

from tasks_service.jobs.metric_buckets import Point
from tasks_service.jobs.slack_api import SlackApi, SlackError
from tasks_service.jobs.slack_directory import Reach, SlackDirectory, is_guest, kind_of


async def slack_points(api: SlackApi, at: datetime) -> tuple[list[Point], list[str]]:
    """The figures, and the reasons for those that are missing; raises ``SlackError`` where none is to be had."""
    directory = SlackDirectory(api)
    reach = await directory.reach()
    points: list[Point] = []
    problems: list[str] = []
    for count in (_members, _channels):
        try:
            points += await count(api, directory, reach, at)
        except SlackError as error:
            problems.append(str(error))
    if not points:
        raise SlackError("; ".join(problems))
    return points, problems


async def _members(_: SlackApi, directory: SlackDirectory, reach: Reach, at: datetime) -> list[Point]:
    kinds: Counter[str] = Counter({"member": 0, "admin": 0, "owner": 0, "bot": 0})
    guests = deactivated = 0
    async for member in directory.members(reach, []):
        if member.get("deleted"):
            deactivated += 1
        else:
            kinds[kind_of(member)] += 1
            guests += is_guest(member)
    return [
        *(_point(at, "slack.members", count, "members", kind=kind) for kind, count in kinds.items()),
        _point(at, "slack.guests", guests, "members"),
        _point(at, "slack.members_deactivated", deactivated, "members"),
    ]


async def _channels(api: SlackApi, _: SlackDirectory, reach: Reach, at: datetime) -> list[Point]:
    states: Counter[str] = Counter({"active": 0, "archived": 0})
    seen: set[str] = set()
    for workspace in reach.workspaces:
        team = {"team_id": workspace.team_id} if reach.org_wide else {}
        async for page in api.pages("conversations.list", "channels", types="public_channel", **team):
            for channel in page:
                if channel["id"] not in seen:
                    seen.add(channel["id"])
                    states["archived" if channel.get("is_archived") else "active"] += 1
    return [_point(at, "slack.channels", count, "channels", state=state) for state, count in states.items()]


def _point(at: datetime, name: str, value: int, unit: str, **labels: str) -> Point:
    return Point(at=at, name=name, value=value, unit=unit, labels=labels)
