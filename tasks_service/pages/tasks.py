"""The listing of all jobs, with filters, order and page in the address."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.control.views import JobView
from tasks_service.pages.site import Site

PAGE_SIZE = 50
_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

ORDERS: Mapping[str, Callable[[JobView], Any]] = {
    "name": lambda job: job.job_id.lower(),
    "type": lambda job: (job.manifest.job_type, job.job_id.lower()),
    "next": lambda job: (job.next_run_time or _NEVER, job.job_id.lower()),
    "last": lambda job: (job.last_run.due_at if job.last_run else _LONG_AGO, job.job_id.lower()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the address asks for."""

    state: str = ""
    type: str = ""
    q: str = ""
    sort: str = "name"
    page: int = 1

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Wish":
        """From a query string; what is not understood is as if it were absent."""
        sort = values.get("sort", "name")
        page = values.get("page", "1")
        return cls(
            state=values.get("state", "").strip().lower(),
            type=values.get("type", "").strip(),
            q=values.get("q", "").strip(),
            sort=sort if sort.removeprefix("-") in ORDERS else "name",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        )

    def matches(self, job: JobView) -> bool:
        """Whether a job passes the filters."""
        return (
            (not self.state or self.state in states(job))
            and (not self.type or self.type == job.manifest.job_type)
            and (not self.q or all(word in text_of(job) for word in self.q.lower().split()))
        )

    def order(self, jobs: Sequence[JobView]) -> list[JobView]:
        """The jobs in the order asked for."""
        return sorted(jobs, key=ORDERS[self.sort.removeprefix("-")], reverse=self.sort.startswith("-"))

    def values(self) -> dict[str, Any]:
        """The filters as they stand in the address, without the page."""
        return {"state": self.state, "type": self.type, "q": self.q, "sort": "" if self.sort == "name" else self.sort}


def states(job: JobView) -> frozenset[str]:
    """The three states in lower case: no word belongs to two axes."""
    return frozenset(axis.state.lower() for axis in (job.sync, job.activity, job.health))


def text_of(job: JobView) -> str:
    """What a search looks at."""
    manifest = job.manifest
    labels = " ".join(f"{key}={value}" for key, value in manifest.labels.items())
    return f"{job.job_id} {manifest.job_type} {manifest.owner} {labels} {manifest.description} {job.origin}".lower()


def tasks(site: Site, request: Request) -> Response:
    """``GET /tasks``."""
    wish = Wish.read(request.query_params)
    everything = site.panel.catalog.jobs()
    found = wish.order([job for job in everything if wish.matches(job)])
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(wish.page, 1), pages)
    return site.page(
        request,
        "tasks.html",
        jobs=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        found=len(found),
        total=len(everything),
        wish=wish,
        current=page,
        last_page=pages,
        counts=Counter(state for job in everything for state in states(job)),
        types=sorted({job.manifest.job_type for job in everything}),
        axes=_axes(everything),
    )


def _axes(jobs: Sequence[JobView]) -> dict[str, list[tuple[str, int]]]:
    """Per axis the states that occur, each with its count."""
    return {
        "activity": Counter(job.activity.state for job in jobs).most_common(),
        "health": Counter(job.health.state for job in jobs).most_common(),
        "sync": Counter(job.sync.state for job in jobs).most_common(),
    }
