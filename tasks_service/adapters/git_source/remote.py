"""A repository elsewhere: its address, and how this service may read it. Keys reach git by its environment only."""

import base64
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_TOKEN_USER = "x-access-token"  # noqa: S105 - the name that GitHub and GitLab take a token under, no secret
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where to fetch from. ``core.git_address`` has nothing against ``url``."""

    url: str
    branch: str = "main"
    token: str = field(default="", repr=False)
    ssh_key: Path | None = None
    known_hosts: Path | None = None

    def environment(self) -> dict[str, str]:
        """What git is told beside its command line."""
        if self.url.startswith(("https://", "http://")):
            return self._http() if self.token else {}
        return {"GIT_SSH_COMMAND": self._ssh()}

    def _http(self) -> dict[str, str]:
        """The token as a header for this host alone, in variables that nobody else reads. Git would send it on to
        wherever the host redirects."""
        parts = urlsplit(self.url)
        basic = base64.b64encode(f"{_TOKEN_USER}:{self.token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
            "GIT_CONFIG_KEY_1": "http.followRedirects",
            "GIT_CONFIG_VALUE_1": "false",
        }

    def _ssh(self) -> str:
        options = ["BatchMode=yes", f"ConnectTimeout={_CONNECT_SECONDS}", "StrictHostKeyChecking=yes"]
        if self.known_hosts:
            options.append(f"UserKnownHostsFile={self.known_hosts}")
        key = ["-F", "/dev/null", "-i", str(self.ssh_key), "-o", "IdentitiesOnly=yes"] if self.ssh_key else []
        return shlex.join(["ssh", *key, *(word for option in options for word in ("-o", option))])
