"""Files of manifests as a machine edits them: what they say, which of them are broken, and whether they are there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from manifest_places import Place

PATHS = ("a.yaml", "b.yaml", "c.yaml", "d.yaml")
_TORN = "job_id: [\n"
_FLAW = "---\njob_id: flawed\njob_type: comand\nschedule: {trigger: interval, hours: 1}\n"


@dataclass(frozen=True)
class Doc:
    """One manifest."""

    name: str
    schedule: str = '{trigger: cron, expression: "0 3 * * *"}'
    description: str = ""
    suspend: bool = False
    prune: str = "auto"
    former: str = ""
    """The name that it had before, where the document says so."""

    @property
    def text(self) -> str:
        """The document as it stands in its file."""
        lines = [
            f"job_id: {self.name}",
            "job_type: command",
            f"description: {self.description!r}",
            f"schedule: {self.schedule}",
            'parameters: {argv: ["true"]}',
            f"policy: {{prune: {self.prune}}}",
        ]
        lines += ["suspend: true", "suspend_reason: not yet"] if self.suspend else []
        lines += [f"previous_ids: [{self.former}]"] if self.former else []
        return "\n".join(lines) + "\n"


@dataclass
class Files:
    """What stands in a place. Every change is published at once."""

    place: Place
    docs: dict[str, tuple[Doc, ...]] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    """Files that are no YAML."""
    flawed: set[str] = field(default_factory=set)
    """Files in which one more document is wrong."""
    away: bool = False
    """Whether the place cannot be read."""

    def put(self, docs: Mapping[str, tuple[Doc, ...]]) -> None:
        """Let each of these files hold these documents; without any, it is deleted."""
        kept = {path: held for path, held in {**self.docs, **docs}.items() if held}
        self._publish(kept, self.torn & kept.keys(), self.flawed & kept.keys())

    def break_(self, path: str, *, torn: bool) -> None:
        """Let a file be no YAML, or hold one wrong document beside the good ones."""
        self._publish(self.docs, self.torn | ({path} if torn else set()), self.flawed | (set() if torn else {path}))

    def mend(self) -> None:
        """Let every file be good."""
        self._publish(self.docs, set(), set())

    def lose(self, *, half: bool) -> None:
        """Let the place be out of reach, or there by half."""
        if not self.away:
            self.away = True
            self.place.tear() if half else self.place.vanish()

    def find(self) -> None:
        """Let the place be there again."""
        if self.away:
            self.away = False
            self.place.heal()

    def visible(self) -> Iterator[tuple[str, Doc]]:
        """The documents that can be read, with their files."""
        for path, docs in sorted(self.docs.items()):
            if path not in self.torn:
                yield from ((path, doc) for doc in docs)

    @property
    def disputed(self) -> set[str]:
        """The names that two documents have."""
        counts = Counter(doc.name for _, doc in self.visible())
        return {name for name, count in counts.items() if count > 1}

    @property
    def good(self) -> dict[str, tuple[str, Doc]]:
        """By name, the file and the document of every job that is wanted beyond doubt."""
        disputed = self.disputed
        return {doc.name: (path, doc) for path, doc in self.visible() if doc.name not in disputed}

    def _publish(self, docs: dict[str, tuple[Doc, ...]], torn: set[str], flawed: set[str]) -> None:
        before = self._texts()
        self.docs, self.torn, self.flawed = docs, torn, flawed
        after = self._texts()
        changed: dict[str, str | None] = {path: text for path, text in after.items() if before.get(path) != text}
        changed |= dict.fromkeys(before.keys() - after.keys())
        if changed:
            self.place.put(changed)

    def _texts(self) -> dict[str, str]:
        return {path: self._text(path, docs) for path, docs in self.docs.items()}

    def _text(self, path: str, docs: tuple[Doc, ...]) -> str:
        if path in self.torn:
            return _TORN
        return "---\n".join(doc.text for doc in docs) + (_FLAW if path in self.flawed else "")
