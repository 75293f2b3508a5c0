"""The table of metrics: every name that can be scraped, and what it means."""

from tasks_service.core.metric import Kind, Metric, Scope
from tasks_service.core.tally import BOUNDS, Measure

_ALL = Scope.INSTALLATION
_OWN = Scope.PROCESS

RUNS = Metric(
    name="tasks_runs_total",
    kind=Kind.COUNTER,
    scope=_ALL,
    labels=("job_type", "outcome"),
    help="Attempts that ended: succeeded, failed, timed_out, cancelled or lost.",
)
RUN_DURATION = Metric(
    name="tasks_run_duration_seconds",
    kind=Kind.HISTOGRAM,
    scope=_ALL,
    labels=("job_type", "outcome"),
    bounds=BOUNDS[Measure.DURATION],
    help="Wall time of attempts that started, counted when they end.",
)
RUN_LATENESS = Metric(
    name="tasks_run_lateness_seconds",
    kind=Kind.HISTOGRAM,
    scope=_ALL,
    labels=("job_type", "trigger"),
    bounds=BOUNDS[Measure.LATENESS],
    help="From the due time to the start of the first attempt, jitter and spread included; counted when it ends.",
)
RUN_CPU = Metric(
    name="tasks_run_cpu_seconds",
    kind=Kind.HISTOGRAM,
    scope=_ALL,
    labels=("job_type",),
    bounds=BOUNDS[Measure.CPU],
    help="CPU time of an attempt, all its processes together.",
)
RUN_MEMORY = Metric(
    name="tasks_run_peak_memory_bytes",
    kind=Kind.HISTOGRAM,
    scope=_ALL,
    labels=("job_type",),
    bounds=BOUNDS[Measure.MEMORY],
    help="Greatest resident memory of an attempt.",
)
OCCURRENCES = Metric(
    name="tasks_occurrences_total",
    kind=Kind.COUNTER,
    scope=_ALL,
    labels=("job_type", "outcome"),
    help="Expected fires by what became of them, those that were skipped or missed included.",
)
OPEN_RUNS = Metric(
    name="tasks_open_runs",
    kind=Kind.GAUGE,
    scope=_ALL,
    labels=("state",),
    help="Runs that have not ended: queued (waiting for a retry or for jitter, too) or running.",
)
QUEUE_WAIT = Metric(
    name="tasks_queue_wait_seconds",
    kind=Kind.GAUGE,
    scope=_ALL,
    help="How long the longest waiting of the queued runs could have been started already; 0 where none waits.",
)
JOBS = Metric(
    name="tasks_jobs",
    kind=Kind.GAUGE,
    scope=_ALL,
    labels=("job_type",),
    help="Live jobs, halted ones included.",
)
LAST_SUCCESS = Metric(
    name="tasks_job_last_success_timestamp_seconds",
    kind=Kind.GAUGE,
    scope=_ALL,
    labels=("job_id", "job_type"),
    help="When a live job last succeeded, in Unix time; absent where it never did.",
)
SYNC_STATE = Metric(
    name="tasks_sync_state",
    kind=Kind.GAUGE,
    scope=_ALL,
    labels=("state",),
    help="1 for the state of the whole sync, 0 for all others.",
)
INVALID_MANIFESTS = Metric(
    name="tasks_invalid_manifests",
    kind=Kind.GAUGE,
    scope=_ALL,
    help="Manifest files with an error; the last good version of their jobs stays in force.",
)
OVERRIDES = Metric(
    name="tasks_overrides",
    kind=Kind.GAUGE,
    scope=_ALL,
    labels=("kind",),
    help="Overrides in force over live jobs.",
)
OLDEST_OVERRIDE = Metric(
    name="tasks_oldest_override_age_seconds",
    kind=Kind.GAUGE,
    scope=_ALL,
    help="For how long the oldest override has been in force; 0 where there is none.",
)
OPEN_ALARMS = Metric(
    name="tasks_open_alarms",
    kind=Kind.GAUGE,
    scope=_ALL,
    labels=("kind",),
    help="Alarms that are open: late, missed, overrunning, never_ran, failing or lost.",
)
TERM = Metric(
    name="tasks_leader_term",
    kind=Kind.GAUGE,
    scope=_ALL,
    help="The number of the present leadership; it grows with every change of leader.",
)
DATABASE_UP = Metric(
    name="tasks_database_up",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="Whether the database answered this scrape. Where it did not, all figures of the installation are absent.",
)
LEADER = Metric(
    name="tasks_leader",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="1 where this process leads, else 0.",
)
TICK_AGE = Metric(
    name="tasks_scheduler_tick_age_seconds",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="Since when the timer has not looked at its jobs; absent where this process does not lead.",
)
HTTP_REQUESTS = Metric(
    name="tasks_http_requests_total",
    kind=Kind.COUNTER,
    scope=_OWN,
    labels=("method", "route", "status"),
    help="Answered HTTP requests by route template; the route is none where a guard answered or no route fits.",
)
HTTP_DURATION = Metric(
    name="tasks_http_request_duration_seconds",
    kind=Kind.HISTOGRAM,
    scope=_OWN,
    labels=("method", "route"),
    bounds=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    help="From a request to the beginning of its answer.",
)
BUILD = Metric(
    name="tasks_build_info",
    kind=Kind.INFO,
    scope=_OWN,
    labels=("version", "python"),
    help="What runs.",
)
PROCESS_CPU = Metric(
    name="process_cpu_seconds_total",
    kind=Kind.COUNTER,
    scope=_OWN,
    help="User and system CPU time of the service, without its runs.",
)
PROCESS_MEMORY = Metric(
    name="process_resident_memory_bytes",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="Resident memory of the service, without its runs.",
)
PROCESS_FILES = Metric(
    name="process_open_fds",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="Open file descriptors of the service.",
)
PROCESS_THREADS = Metric(
    name="process_threads",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="Threads of the service.",
)
PROCESS_START = Metric(
    name="process_start_time_seconds",
    kind=Kind.GAUGE,
    scope=_OWN,
    help="When the service began, in Unix time.",
)

METRICS = (
    *(RUNS, RUN_DURATION, RUN_LATENESS, RUN_CPU, RUN_MEMORY, OCCURRENCES, OPEN_RUNS, QUEUE_WAIT, JOBS, LAST_SUCCESS),
    *(SYNC_STATE, INVALID_MANIFESTS, OVERRIDES, OLDEST_OVERRIDE, OPEN_ALARMS, TERM, DATABASE_UP, LEADER, TICK_AGE),
    *(HTTP_REQUESTS, HTTP_DURATION, BUILD),
    *(PROCESS_CPU, PROCESS_MEMORY, PROCESS_FILES, PROCESS_THREADS, PROCESS_START),
)
"""All of them, in the order in which they are shown."""
