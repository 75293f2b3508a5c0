"""A repository behind a real HTTP server: the token opens it, and goes nowhere else."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from fakes import FakeClock
from git_remotes import GitRemote
from manifest_files import job

from tasks_service.adapters.git_source import Mirror, Remote
from tasks_service.core.errors import SourceUnavailable

TOKEN = "token-of-the-test"
WANTED = f"Basic {b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}"


class Door(SimpleHTTPRequestHandler):
    """Serves files to whom the token was given, or sends everybody elsewhere."""

    elsewhere = ""

    def do_GET(self) -> None:
        self.server.seen.append(self.headers.get("Authorization", ""))  # type: ignore[attr-defined]
        if self.elsewhere:
            self.send_response(302)
            self.send_header("Location", f"{self.elsewhere}{self.path}")
            self.end_headers()
        elif self.headers.get("Authorization") == WANTED:
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(folder: Path, elsewhere: str = "") -> Iterator[tuple[str, list[str]]]:
    """The address of a folder, and the authorisations that were sent to it."""
    handler = type("Handler", (Door,), {"elsewhere": elsewhere})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        server.seen = seen = []  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    made = GitRemote(tmp_path / "git")
    made.push({"a.yaml": job("a")})
    made.git("update-server-info", cwd=made.bare)
    return made


def test_a_token_opens_the_repository_and_is_written_nowhere(remote: GitRemote, tmp_path: Path) -> None:
    with serving(remote.bare) as (url, seen):
        mirror = Mirror(Remote(url=url, token=TOKEN), tmp_path / "mirrors")
        mirror.fetch(FakeClock().now())

    assert mirror.tip() == remote.head()
    assert set(seen) == {WANTED}
    kept = [path.read_bytes() for path in (tmp_path / "mirrors").rglob("*") if path.is_file()]
    assert not any(secret.encode() in data for secret in (TOKEN, WANTED) for data in kept)


def test_a_wrong_token_is_refused_and_not_repeated(remote: GitRemote, tmp_path: Path) -> None:
    with serving(remote.bare) as (url, _):
        mirror = Mirror(Remote(url=url, token="wrong-token"), tmp_path / "mirrors")
        with pytest.raises(SourceUnavailable) as refused:
            mirror.fetch(FakeClock().now())

    assert url in refused.value.message
    assert "wrong-token" not in refused.value.message


def test_a_token_is_not_sent_where_the_host_redirects(remote: GitRemote, tmp_path: Path) -> None:
    with serving(remote.bare) as (stranger, seen), serving(remote.bare, elsewhere=stranger) as (url, asked):
        mirror = Mirror(Remote(url=url, token=TOKEN), tmp_path / "mirrors")
        with pytest.raises(SourceUnavailable):
            mirror.fetch(FakeClock().now())

    assert WANTED in asked
    assert seen == []
