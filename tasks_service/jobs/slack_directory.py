"""The people of a Slack workspace, or of the workspaces of an organisation, as Slack's Web API tells of them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from tasks_service.jobs.slack_api import USELESS_TOKEN, SlackApi, SlackError, SlackRefused, SlackTokenError

Kind = Literal["bot", "owner", "admin", "member"]
Member = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One workspace; ``domain`` is the first label of its address at Slack, as far as it is known."""

    team_id: str
    name: str
    domain: str = ""

    def matches(self, wanted: str) -> bool:
        """Whether that is its id, its name or its domain, ignoring case."""
        word = wanted.strip().casefold().removesuffix(".slack.com")
        return word in {self.team_id.casefold(), self.name.casefold(), self.domain.casefold()}

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(filter(None, (self.team_id, self.domain)))})"


class WorkspaceNotFound(SlackError):
    """A workspace filter that matches nothing."""

    def __init__(self, wanted: str, seen: list[Workspace]) -> None:
        super().__init__(
            f"workspace_filter {wanted!r} matches no workspace; "
            f"the token sees {', '.join(map(str, seen)) or 'none'}: give an id, a name or a domain"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a token sees. With ``org_wide`` every list must name a workspace."""

    workspaces: list[Workspace]
    org_wide: bool
    in_enterprise: bool


class SlackDirectory:
    """Reads workspaces and members."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    async def reach(self) -> Reach:
        """The workspaces that the token is for."""
        me = await self._api.call("auth.test")
        in_enterprise = bool(me.get("enterprise_id"))
        if not me.get("is_enterprise_install"):
            host = urlsplit(str(me.get("url") or "")).hostname or ""
            own = Workspace(
                team_id=str(me.get("team_id", "")), name=str(me.get("team", "")), domain=host.partition(".")[0]
            )
            return Reach(workspaces=[own], org_wide=False, in_enterprise=in_enterprise)
        workspaces = [
            Workspace(team_id=str(team["id"]), name=str(team.get("name", "")))
            async for page in self._api.pages("auth.teams.list", "teams")
            for team in page
        ]
        return Reach(workspaces=workspaces, org_wide=True, in_enterprise=True)

    async def members(self, reach: Reach, workspaces: list[Workspace]) -> AsyncIterator[Member]:
        """The members of these workspaces, each once; those of all that the token sees where none is named."""
        seen: set[str] = set()
        wanted = {workspace.team_id for workspace in workspaces}
        for workspace in (workspaces or reach.workspaces) if reach.org_wide else reach.workspaces:
            team = {"team_id": workspace.team_id} if reach.org_wide else {}
            async for page in self._api.pages("users.list", "members", **team):
                for member in page:
                    if member["id"] not in seen and (not wanted or wanted & teams_of(member)):
                        seen.add(member["id"])
                        yield member

    async def find(self, reach: Reach, wanted: str) -> list[Workspace]:
        """The workspaces that a filter means; raises ``WorkspaceNotFound`` with what the token sees."""
        seen = reach.workspaces
        if not any(w.matches(wanted) for w in seen):
            if reach.org_wide:
                seen = [await self._described(w) for w in seen]
            elif reach.in_enterprise:
                seen = seen + [await self._described(Workspace(team_id=t, name=t)) for t in await self._others(reach)]
        found = [workspace for workspace in seen if workspace.matches(wanted)]
        if not found:
            raise WorkspaceNotFound(wanted, seen)
        return found

    async def _others(self, reach: Reach) -> list[str]:
        """Further workspaces of the organisation: those that the members of ours belong to as well."""
        teams = set().union(*[teams_of(member) async for member in self.members(reach, [])])
        return sorted(teams - {workspace.team_id for workspace in reach.workspaces})

    async def _described(self, workspace: Workspace) -> Workspace:
        """With the name and the domain that Slack tells, where the token may ask."""
        try:
            team = (await self._api.call("team.info", team=workspace.team_id)).get("team") or {}
        except SlackTokenError as error:
            if error.code in USELESS_TOKEN:
                raise
            return workspace
        except SlackRefused:
            return workspace
        return Workspace(
            team_id=workspace.team_id, name=team.get("name") or workspace.name, domain=team.get("domain") or ""
        )


def teams_of(member: Member) -> set[str]:
    """The workspaces that a member belongs to; several in an organisation."""
    enterprise = member.get("enterprise_user") or {}
    return {str(member.get("team_id", "")), *map(str, enterprise.get("teams") or ())} - {""}


def kind_of(member: Member) -> Kind:
    """Bot before owner before admin before member; guests are members."""
    if member.get("is_bot") or member["id"] == "USLACKBOT":
        return "bot"
    if member.get("is_owner") or member.get("is_primary_owner"):
        return "owner"
    return "admin" if member.get("is_admin") else "member"


def is_guest(member: Member) -> bool:
    """Whether the member may see only some channels."""
    return bool(member.get("is_restricted") or member.get("is_ultra_restricted"))
