"""A stand-in for Slack's Web API, for a demonstration without Slack: real HTTP, invented people, this machine only.

Start it with ``python -m deploy.demo.slack_stand_in --port 8787`` and point ``SLACK_API_BASE_URL`` at the address that
it prints. ``SLACK_BOT_TOKEN`` decides what it plays:

- ``xoxb-demo``: one workspace of 1,200 members
- ``xoxb-demo-org``: an app that is installed for a whole organisation of three workspaces
- ``xoxb-demo-grid``: an app that is installed in one workspace of that organisation
- ``xoxb-demo-limited``: a token without the scopes ``users:read`` and ``channels:read``
- ``xoxb-demo-gone``: a token whose app was removed; any other token is not valid
"""

import argparse
import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from deploy.demo import slack_members as people

TOKENS = {
    "xoxb-demo": "workspace",
    "xoxb-demo-org": "org",
    "xoxb-demo-grid": "grid",
    "xoxb-demo-limited": "limited",
    "xoxb-demo-gone": "gone",
}
LARGEST_PAGE = 200
Answer = dict[str, Any]
Arguments = Mapping[str, str]


class SlackError(Exception):
    """What Slack answers with ``ok: false``."""

    def __init__(self, code: str, **more: str) -> None:
        super().__init__(code)
        self.answer = {"ok": False, "error": code, **more}


class RateLimited(Exception):
    """Too many calls, says the stand-in: once in every list of members."""


class SlackStandIn(ThreadingHTTPServer):
    """Answers the methods that the job types call. ``calls`` records them, ``limited`` counts the 429s."""

    daemon_threads = True

    def __init__(self, port: int = 0, retry_after: int = 1) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.retry_after = retry_after
        self.limited = 0
        self._due_to_limit = False
        self._methods: dict[str, Callable[[str, Arguments], Answer]] = {
            "auth.test": _auth_test,
            "auth.teams.list": _teams_list,
            "team.info": _team_info,
            "users.list": self._users_list,
            "conversations.list": _conversations_list,
        }

    @property
    def url(self) -> str:
        """What SLACK_API_BASE_URL must be."""
        return f"http://127.0.0.1:{self.server_address[1]}/api/"

    def answer(self, method: str, token: str, arguments: Arguments) -> Answer:
        """What Slack would say."""
        self.calls.append((method, dict(arguments)))
        if method not in self._methods:
            raise SlackError("unknown_method")
        if not token:
            raise SlackError("not_authed")
        if token not in TOKENS:
            raise SlackError("invalid_auth")
        if TOKENS[token] == "gone":
            raise SlackError("account_inactive")
        return {"ok": True, **self._methods[method](TOKENS[token], arguments)}

    def _users_list(self, role: str, arguments: Arguments) -> Answer:
        _require_scope(role, "users:read")
        if role == "workspace":
            members = [
                {k: v for k, v in m.items() if k != "enterprise_user"} | {"team_id": "T0ACME"} for m in people.members()
            ]
        else:
            members = people.members_of(_team_of(role, arguments))
        if not arguments.get("cursor"):
            self._due_to_limit = self.retry_after > 0
        elif self._due_to_limit:
            self._due_to_limit = False
            self.limited += 1
            raise RateLimited
        return _page("members", members, arguments)


class _Handler(BaseHTTPRequestHandler):
    server: SlackStandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._reply(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._reply(dict(parse_qsl(body.decode())))

    def _reply(self, arguments: dict[str, str]) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.pop("token", "")
        method = urlsplit(self.path).path.removeprefix("/api/")
        try:
            self._send(200, self.server.answer(method, token, arguments))
        except SlackError as error:
            self._send(200, error.answer)
        except RateLimited:
            self._send(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(self.server.retry_after)})

    def _send(self, status: int, answer: Answer, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing: the service's own log tells what happens."""


def _auth_test(role: str, _: Arguments) -> Answer:
    own = people.WORKSPACES[0]
    answer: Answer = {"url": f"https://{own['domain']}.slack.example/", "user": "importer", "user_id": "U0IMPORT"}
    if role in {"org", "grid"}:
        answer |= {"enterprise_id": people.ENTERPRISE["id"], "is_enterprise_install": role == "org"}
    if role == "org":
        return answer | {"team_id": people.ENTERPRISE["id"], "team": people.ENTERPRISE["name"]}
    return answer | {"team_id": own["id"], "team": own["name"]}


def _teams_list(role: str, arguments: Arguments) -> Answer:
    seen = people.WORKSPACES if role == "org" else people.WORKSPACES[:1]
    return _page("teams", [{"id": team["id"], "name": team["name"]} for team in seen], arguments)


def _team_info(role: str, arguments: Arguments) -> Answer:
    _require_scope(role, "team:read")
    wanted = arguments.get("team", people.WORKSPACES[0]["id"])
    for team in people.WORKSPACES:
        if team["id"] == wanted:
            return {"team": dict(team)}
    raise SlackError("team_not_found")


def _conversations_list(role: str, arguments: Arguments) -> Answer:
    _require_scope(role, "channels:read")
    _team_of(role, arguments)
    return _page("channels", people.channels(), arguments)


def _team_of(role: str, arguments: Arguments) -> str:
    """The workspace a list is about; only an app of the whole organisation has to name it."""
    if role != "org":
        return people.WORKSPACES[0]["id"]
    if "team_id" not in arguments:
        raise SlackError("missing_argument")
    return arguments["team_id"]


def _require_scope(role: str, scope: str) -> None:
    if role == "limited":
        raise SlackError("missing_scope", needed=scope, provided="chat:write")


def _page(key: str, items: list[Any], arguments: Arguments) -> Answer:
    """One page; a cursor is opaque to callers and holds an offset."""
    limit = min(int(arguments.get("limit", LARGEST_PAGE)), LARGEST_PAGE)
    cursor = arguments.get("cursor", "")
    if cursor and not (cursor.startswith("from-") and cursor[5:].isdigit()):
        raise SlackError("invalid_cursor")
    start = int(cursor[5:] or 0) if cursor else 0
    following = f"from-{start + limit}" if start + limit < len(items) else ""
    return {key: items[start : start + limit], "response_metadata": {"next_cursor": following}}


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="A stand-in for Slack's Web API, on this machine only.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument(
        "--retry-after", type=int, default=1, help="seconds to wait after the one 429; 0: there is none"
    )
    given = parser.parse_args()
    server = SlackStandIn(given.port, given.retry_after)
    print(server.url, flush=True)  # noqa: T201 - whoever started it waits for this line
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
