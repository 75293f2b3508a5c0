"""The proxy of the documents: a real nginx in front of a service, asked as a browser asks."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from document_blocks import Shown, shown_by
from needs import leave_out
from running import free_port, serving, wait_for

NAME = "tasks.example.org"
KEY = "a-key-for-the-proxy-test"
TOLD = dict(block.text.strip().split("=", 1) for block in shown_by(Shown.SETTINGS) if "ALLOWED_HOSTS" in block.text)


@contextmanager
def nginx(folder: Path, service: int) -> Iterator[int]:
    """nginx with the block of the documents, but for its ports and files; the port of TLS."""
    port = free_port()
    [block] = shown_by(Shown.NGINX)
    text = block.text.replace("listen 443", f"listen 127.0.0.1:{port}").replace("/etc/ssl/", f"{folder}/")
    for documented in (5001, 5002):
        text = text.replace(f"127.0.0.1:{documented};", f"127.0.0.1:{service};")
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={NAME} -keyout tasks.key -out tasks.pem"
    subprocess.run(made.split(), cwd=folder, check=True, capture_output=True)
    user = "user root;" if os.geteuid() == 0 else ""  # the folder is this user's
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{text}\n}}\n"
    )
    process = subprocess.Popen(["nginx", "-c", configuration, "-e", folder / "error.log"], stderr=subprocess.DEVNULL)
    try:
        url = f"https://127.0.0.1:{port}/health/live"
        wait_for("nginx", lambda: _answers(url))
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, verify=_anybody(), headers={"Host": NAME}).status_code == 200
    except httpx.TransportError:
        return False


def _anybody() -> ssl.SSLContext:
    """The certificate is the test's own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of the proxy that says where its writes come from."""
    if missing := [name for name in ("nginx", "openssl") if shutil.which(name) is None]:
        leave_out(f"{', '.join(missing)} is not installed", "REQUIRE_SERVERS")
    env = {"TASKS_API_KEY": KEY, "SECRET_KEY": "s" * 32, **TOLD}
    with serving(tmp_path / "service", {}, **env) as service, nginx(tmp_path, service.port) as port:
        headers = {"Host": NAME, "Origin": f"https://{NAME}"}
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}", verify=_anybody(), headers=headers, timeout=20
        ) as client:
            yield client


def test_pages_writes_and_live_updates_pass_the_proxy(browser: httpx.Client) -> None:
    assert browser.get("/api/jobs").status_code == 401
    signed_in = browser.post("/login", data={"key": KEY, "next": "/tasks"})
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/tasks")
    assert "secure" in signed_in.headers["set-cookie"].lower()  # it knows that the browser came by TLS

    browser.cookies = httpx.Cookies()
    session = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    page = browser.get("/tasks", headers=session)
    written = browser.post("/api/sync", json={}, headers=session)
    foreign = browser.post("/api/sync", json={}, headers={**session, "Origin": "https://evil.example"})

    assert page.status_code == 200
    assert written.status_code in (200, 202)
    assert foreign.status_code == 403
    with browser.stream("GET", "/api/events", headers=session) as events:
        assert events.status_code == 200
        assert next(events.iter_raw())  # not held back
