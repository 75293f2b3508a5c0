"""An hour in which everything happens to the jobs of a service, on a clock moved by hand; and the judge of its ledger.

The judge works out by itself, from the versions of each manifest and the times at which they were applied, which
occurrences there were: intervals by counting from the epoch, cron by the minute oracle.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from builders import make_sourced
from fakes import FakeExecutor
from wall_oracle import Stretch, by_fields, crontab
from workbench import Workbench

from tasks_service.core.errors import TasksError
from tasks_service.core.run import Occurrence, Outcome, Run, RunState

HOUR = timedelta(hours=1)
_FURTHEST = timedelta(days=2)
"""No schedule is silent for so long."""
_ENDS = (RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.FAILED, RunState.TIMED_OUT)
_BERLIN = {"timezone": "Europe/Berlin"}
SCHEDULES: tuple[Mapping[str, Any], ...] = (
    {"trigger": "interval", "seconds": 20},
    {"trigger": "interval", "seconds": 47},
    {"trigger": "interval", "minutes": 7},
    {"trigger": "cron", "expression": "* * * * *"},
    {"trigger": "cron", "expression": "*/7 * * * *", **_BERLIN},
    {"trigger": "cron", "expression": "5,20,35,50 0-3,12-14 * * *", **_BERLIN},
    {"trigger": "cron", "expression": "10-50/3 1-3,13 * * *", "dst": {"fold": "both"}, **_BERLIN},
    {"trigger": "cron", "minute": "*/2", "second": "15,45"},
)
POLICIES: tuple[Mapping[str, Any], ...] = (
    {"overlap": "skip"},
    {"overlap": "allow", "catch_up": {"policy": "all", "max_runs": 3}},
    {"overlap": "skip", "catch_up": {"policy": "none"}, "retry": {"attempts": 2, "delay": "5s"}},
    {
        "overlap": "allow",
        "catch_up": {"policy": "latest", "deadline": "90s"},
        "retry": {"attempts": 1, "on_lost": True},
    },
)


@dataclass
class Version:
    """A schedule of a job, in force after ``begin`` and up to ``end``."""

    schedule: Mapping[str, Any]
    begin: datetime
    end: datetime | None = None

    def slots(self, until: datetime) -> list[datetime]:
        """Its occurrences up to its end, or to ``until``."""
        return enumerated(self.schedule, self.begin, min(self.end or until, until))


def enumerated(schedule: Mapping[str, Any], after: datetime, until: datetime) -> list[datetime]:
    """The fires in ``(after, until]``, worked out without the core."""
    if schedule["trigger"] == "interval":
        period = schedule.get("seconds", 0) + 60 * schedule.get("minutes", 0)
        beats = range(int(after.timestamp() // period) + 1, int(until.timestamp() // period) + 1)
        return [datetime.fromtimestamp(beat * period, UTC) for beat in beats]
    fields = {key: schedule[key] for key in ("hour", "minute", "second") if key in schedule}
    wall = by_fields(fields) if fields else crontab(schedule["expression"])
    zone = ZoneInfo(schedule.get("timezone", "UTC"))
    return Stretch.of(zone, after, until).fires(wall, **schedule.get("dst", {})) if after < until else []


@dataclass
class Job:
    """What its file says, and what it said."""

    document: dict[str, Any]
    versions: list[Version] = field(default_factory=list)
    there: bool = True


@dataclass
class Storm:
    """Blows for an hour over a workbench. All that is random comes from ``random``."""

    bench: Workbench
    random: Random
    jobs: dict[str, Job] = field(default_factory=dict)
    executors: list[FakeExecutor] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)

    def blow(self, jobs: int) -> "Storm":
        """The hour."""
        self.executors.append(self.bench.executor)
        for n in range(jobs):
            schedule, policy = SCHEDULES[n % len(SCHEDULES)], POLICIES[n % len(POLICIES)]
            self.jobs[f"job_{n}"] = Job({"schedule": schedule, "policy": policy})
        self._commit()
        end = self.bench.clock.now() + HOUR
        deeds = list(self._deeds())
        while (left := (end - self.bench.clock.now()).total_seconds()) > 0:
            self._pass(min(left, self.random.choice((0.5, 5, 30, 60, 90))))
            deed = self.random.choice(deeds)
            self.deeds[deed.__name__.strip("_")] += 1
            try:
                deed()
            except TasksError:
                self.deeds["refused"] += 1
        self._come_to_rest()
        return self

    def _deeds(self) -> Iterator[Callable[[], None]]:
        yield from (self._finish, self._finish, self._finish, self._reschedule, self._describe, self._suspend)
        yield from (self._pause, self._resume, self._resume, self._run_now, self._cancel, self._remove_or_return)
        yield from (self._kill, self._kill, self._stand_still, self._stand_still, self._restart)

    def _pass(self, seconds: float) -> None:
        self.bench.pass_time((self.bench.clock.now() + timedelta(seconds=seconds)).isoformat())

    def _commit(self) -> None:
        """Sync the files as they are now, and note which versions that puts in force."""
        now = self.bench.clock.now()
        files = [make_sourced(name, **job.document) for name, job in self.jobs.items() if job.there]
        self.bench.commit(*files, revision=f"r{sum(self.deeds.values())}")
        for job in self.jobs.values():
            standing = job.versions[-1] if job.versions and job.versions[-1].end is None else None
            wanted = job.document["schedule"] if job.there else None
            if standing and standing.schedule != wanted:
                standing.end = now
            if wanted and (standing is None or standing.schedule != wanted):
                job.versions.append(Version(wanted, now))

    def _some(self) -> tuple[str, Job]:
        return self.random.choice([(name, job) for name, job in self.jobs.items() if job.there])

    def _finish(self) -> None:
        for run_id in sorted(self.bench.executor.running()):
            if self.random.random() < 0.7:
                self.bench.executor.end(run_id, self.random.choice(_ENDS))
        self.bench.step()

    def _reschedule(self) -> None:
        self._some()[1].document["schedule"] = self.random.choice(SCHEDULES)
        self._commit()

    def _describe(self) -> None:
        self._some()[1].document["description"] = f"edit {sum(self.deeds.values())}"
        self._commit()

    def _suspend(self) -> None:
        job = self._some()[1]
        if job.document.pop("suspend", None):
            del job.document["suspend_reason"]
        else:
            job.document |= {"suspend": True, "suspend_reason": "the vendor moves"}
        self._commit()

    def _pause(self) -> None:
        until = self.random.choice((None, self.bench.clock.now() + timedelta(seconds=self.random.randint(5, 300))))
        self.bench.overrides.pause(self._some()[0], "ann", reason="an outage", until=until)
        self.bench.sync()

    def _resume(self) -> None:
        catch_up = self.random.choice(("none", "latest", "all"))
        self.bench.overrides.resume(self._some()[0], "ann", catch_up=catch_up)
        self.bench.sync()

    def _run_now(self) -> None:
        self.bench.runs.run_now(self._some()[0], "bob", reason="to see it")
        self.bench.step()

    def _cancel(self) -> None:
        for run in self.bench.all_runs(self._some()[0])[-1:]:
            self.bench.runs.cancel(run.run_id, "bob", "not now")
        self.bench.step()

    def _remove_or_return(self) -> None:
        absent = [job for job in self.jobs.values() if not job.there]
        job = absent[0] if absent else self._some()[1]
        job.there = not job.there
        self._commit()

    def _kill(self) -> None:
        """The process dies, nobody is there for a while, and another one leads."""
        self.bench.clock.advance(self.random.choice((0, 1, 30, 200)))
        self._succeed(self.bench.takeover(f"life-{len(self.executors)}"))

    def _restart(self) -> None:
        self._succeed(self.bench.restart(f"life-{len(self.executors)}"))

    def _succeed(self, bench: Workbench) -> None:
        self.bench = bench
        self.executors.append(bench.executor)
        self._commit()

    def _stand_still(self) -> None:
        """The process hangs, and finds everything due at once."""
        self.bench.clock.advance(self.random.choice((10, 60, 150)))

    def _come_to_rest(self) -> None:
        """Everything up to now gets its row, and what is under way or waits for a retry comes to its end."""
        for job in self.jobs.values():
            job.there = True
        self._commit()
        uids = [self.bench.job(name).job_uid for name in self.jobs]
        self.bench.dispatcher.settle(uids)
        while self._open():
            self.bench.step()
            self.bench.finish_all()
            for run_id in self._waiting():
                self.bench.runs.cancel(run_id, "bob", "the storm is over")
        self.bench.step()

    def _open(self) -> list[Run]:
        """The runs that have not ended: more may be ready than begin at once."""
        return [run for name in self.jobs for run in self.bench.all_runs(name) if not run.state.final]

    def _waiting(self) -> list[str]:
        now = self.bench.clock.now()
        return [run.run_id for run in self._open() if run.state is RunState.QUEUED and run.not_before > now]


@dataclass(frozen=True)
class Verdict:
    """What the judge found. ``defects`` must be empty."""

    occurrences: int
    rows: int
    outcomes: Counter[str]
    defects: list[str]


def judge(storm: Storm) -> Verdict:
    """Compare every occurrence of the hour with the rows of the ledger."""
    now = storm.bench.clock.now()
    outcomes: Counter[str] = Counter()
    defects: list[str] = []
    slots = rows = 0
    for name, job in storm.jobs.items():
        expected = [slot for version in job.versions for slot in version.slots(now)]
        covered: Counter[datetime] = Counter()
        for row in all_rows(storm.bench, name):
            place = f"{name} {row.due_at:%H:%M:%S}"
            rows += 1
            outcomes[row.outcome.value if row.outcome else "open"] += row.count
            if row.outcome is None:
                defects.append(f"blank: {place}")
            if not explanation(storm.bench, name, row):
                defects.append(f"unexplained: {place}")
            if row.slot.startswith("manual:"):
                continue
            inside = [slot for slot in expected if row.due_at <= slot <= row.until]
            covered.update(inside)
            if not _fits(row, inside, job):
                defects.append(f"strange: {place} {row.outcome}, {row.count} instead of {len(inside)}")
        slots += len(expected)
        defects += [f"{covered[slot]} rows: {name} {slot}" for slot in expected if covered[slot] != 1]
    return Verdict(slots, rows, outcomes, defects + _started_twice(storm))


def all_rows(bench: Workbench, job_id: str) -> list[Occurrence]:
    """The whole ledger of a job."""
    found: list[Occurrence] = []
    cursor: str | None = None
    while True:
        page = bench.runs.occurrences_of(job_id, limit=500, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def explanation(bench: Workbench, job_id: str, row: Occurrence) -> str:
    """Why this came of the occurrence, as the service explains it to whoever asks for that moment; empty where it does
    not speak of this very row."""
    told = bench.explainer.explain(job_id, row.due_at.isoformat())
    return " ".join(told.sentences) if told.facts.row and told.facts.row.slot == row.slot else ""


def _fits(row: Occurrence, inside: list[datetime], job: Job) -> bool:
    """Whether a row stands for just what it covers; a superseded one for a fire that an edit dropped."""
    if row.outcome is Outcome.SUPERSEDED:
        ended = [version for version in job.versions if version.end is not None]
        dropped = [enumerated(v.schedule, v.end, v.end + _FURTHEST)[:1] for v in ended if v.end]
        return not inside and row.count == 1 and [row.due_at] in dropped
    return bool(inside) and (row.due_at, row.until, row.count) == (inside[0], inside[-1], len(inside))


def _started_twice(storm: Storm) -> list[str]:
    started = Counter((r.run_id, r.attempt) for executor in storm.executors for r in executor.submitted)
    return [f"started twice: {run_id} {attempt}" for (run_id, attempt), times in started.items() if times > 1]
