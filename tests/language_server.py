"""yaml-language-server as an editor drives it: JSON-RPC over its standard streams."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from needs import leave_out
from running import ROOT

SERVER = ROOT / "tests/editor/node_modules/yaml-language-server/bin/yaml-language-server"
Message = dict[str, Any]


class LanguageServer:
    """One running server, which answers in the order in which it is asked."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, settings: Message) -> None:
        self._process = process
        self._folder = folder
        self._settings = settings
        self._number = 0
        self._told: list[Message] = []

    def open(self, name: str, text: str) -> None:
        """Open a document of the folder with this text, whatever the file holds."""
        document = {"uri": self._uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def diagnostics(self, name: str) -> list[Message]:
        """What is marked in a document, once the server has looked at it."""
        while True:
            for message in self._told:
                if message["params"].get("uri") == self._uri(name):
                    self._told.remove(message)
                    return list(message["params"]["diagnostics"])
            self._receive()

    def at(self, method: str, name: str, line: int, character: int) -> Any:
        """Ask about a place of a document; lines and characters count from 0."""
        position = {"line": line, "character": character}
        return self.ask(method, {"textDocument": {"uri": self._uri(name)}, "position": position})

    def ask(self, method: str, params: Message) -> Any:
        """Send a request and wait for its answer."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while (answer := self._receive()).get("id") != number or "method" in answer:
            pass
        return answer["result"]

    def tell(self, method: str, params: Message) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def _uri(self, name: str) -> str:
        return (self._folder / name).as_uri()

    def _send(self, message: Message) -> None:
        assert self._process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> Message:
        """The next message; what the server asks itself is answered, and what it marks is kept."""
        assert self._process.stdout
        headers = {}
        while line := self._process.stdout.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value
        assert headers, "the language server has ended"
        message: Message = json.loads(self._process.stdout.read(int(headers["content-length"])))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._told.append(message)
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: Message) -> list[Message] | None:
        """The settings that the server asks for, section by section; other requests want no more than an answer."""
        if message["method"] != "workspace/configuration":
            return None
        sections = [item["section"] for item in message["params"]["items"]]
        return [self._section(section) for section in sections]

    def _section(self, section: str) -> Message:
        given = {name: value for name, value in self._settings.items() if name.startswith(f"{section}.")}
        offline = {"schemaStore": {"enable": False}} if section == "yaml" else {}
        return {name.removeprefix(f"{section}."): value for name, value in given.items()} | offline


@contextmanager
def language_server(folder: Path, settings: Message | None = None) -> Iterator[LanguageServer]:
    """A server for a folder, with settings as VS Code keeps them; it fetches nothing from elsewhere."""
    node = shutil.which("node")
    if node is None:
        leave_out("node is not installed: apt-get install nodejs npm", "REQUIRE_NODE")
    if not SERVER.is_file():
        leave_out("yaml-language-server is missing: run npm ci --ignore-scripts in tests/editor", "REQUIRE_NODE")
    command = [node, str(SERVER), "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as process:
        try:
            server = LanguageServer(process, folder, settings or {})
            server.ask("initialize", _about(folder))
            server.tell("initialized", {})
            yield server
        finally:
            process.kill()


def _about(folder: Path) -> Message:
    """What an editor says of itself when it starts the server."""
    documents = {
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
    }
    workspace = {"configuration": True, "workspaceFolders": True}
    return {
        "processId": None,
        "rootUri": folder.as_uri(),
        "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
        "capabilities": {"textDocument": documents, "workspace": workspace},
    }
