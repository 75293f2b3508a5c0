"""The table of settings: one typed field for each, with its name, its default and its sentence."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self

from pydantic import AliasChoices, ConfigDict, Field, PrivateAttr, Secret, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from tasks_service.core.artifact import ARTIFACT_LIMIT
from tasks_service.core.confinement import Level
from tasks_service.core.documented import Documented
from tasks_service.core.schedule import Zone
from tasks_service.core.sizes import Size
from tasks_service.settings.addresses import option_secrets, passwords
from tasks_service.settings.git_sources import GitSettings
from tasks_service.settings.sync_windows import WindowSettings
from tasks_service.settings.values import (
    Branch,
    BrokerOptions,
    BrokerUrl,
    DatabaseUrl,
    Environment,
    ExecutorName,
    Folders,
    GitFolder,
    GitUrl,
    HostNames,
    HttpUrl,
    Key,
    LogFormat,
    LogLevel,
    Policy,
    Port,
    Queues,
    RedisUrl,
    SandboxLevel,
    SigningKey,
    Span,
    Verify,
)
from tasks_service.settings.variables import SECRET_PREFIX, Variable

_NEVER_TOLD: Final = frozenset(
    (
        *("SECRET_KEY", "TASKS_API_KEY", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "TASKS_BROKER_OPTIONS"),
        *("TASKS_GIT_TOKEN", "TASKS_WEBHOOK_SECRET"),
    )
)
"""The service's own keys; no job is given them, whatever its type declares."""


class Settings(Documented):
    """All that an installation can set. Build it with ``read_settings``."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        validate_by_name=True,
        validate_by_alias=True,
    )

    host: str = Field("127.0.0.1", validation_alias="TASKS_HOST")
    """Address to listen on. Anything but loopback without `TASKS_API_KEY` is obeyed, with a warning."""
    port: Port = Field(5001, ge=0, le=65535, validation_alias="TASKS_PORT")
    """Port to listen on; `0` takes any free one."""
    allowed_hosts: HostNames = Field((), validation_alias="TASKS_ALLOWED_HOSTS")
    """Further names that a listener on loopback answers to, such as a reverse proxy's, with commas between them."""
    environment: Environment = Field("production", validation_alias=AliasChoices("TASKS_ENV", "FLASK_ENV"))
    """`development` starts anew at changes of the code, logs at `DEBUG`, and answers unexpected errors with their
    stack. `FLASK_ENV` is accepted as the old name."""
    log_level: LogLevel = Field(
        default_factory=lambda data: "DEBUG" if data.get("environment") == "development" else "INFO",
        validation_alias="LOG_LEVEL",
    )
    """`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`; the default is `INFO`, in development `DEBUG`."""
    log_format: LogFormat = Field("text", validation_alias="LOG_FORMAT")
    """`text` for people, or `json`: one flat object per line, for machines."""

    log_requests: LogLevel = Field("INFO", validation_alias="LOG_REQUESTS")
    """The level at which a request that was served is logged; those of probes, scrapes, streams and static files come
    at `DEBUG`."""
    log_sql: bool = Field(False, validation_alias="LOG_SQL")
    """Whether `DEBUG` logs each SQL statement, without its parameters."""

    database_url: DatabaseUrl = Field(SecretStr("sqlite:///tasks.db"), validation_alias="DATABASE_URL")
    """SQLite (`sqlite:///tasks.db`) or PostgreSQL (`postgresql://user:password@host/name`). A relative SQLite path
    counts from the working directory."""
    redis_url: RedisUrl | None = Field(None, validation_alias="REDIS_URL")
    """Optional: a single Redis or any node of a cluster, `redis://`, `rediss://` or `unix://`. One that cannot be
    reached is a warning, not an error."""
    redis_prefix: str = Field("tasks", pattern=r"^[A-Za-z0-9_.-]{1,50}$", validation_alias="TASKS_REDIS_PREFIX")
    """What the keys of jobs with `store: redis` begin with, as their hash tag. Installations that share a Redis need
    different ones."""
    data_dir: Path = Field(Path("data"), validation_alias="TASKS_DATA_DIR")
    """Folder for the working directories of runs."""
    sandbox: SandboxLevel = Field(Level.S3, validation_alias="TASKS_SANDBOX")
    """How far runs are confined, from `S1` to `S4`, as far as the machine can."""
    sandbox_min: SandboxLevel = Field(Level.S1, validation_alias="TASKS_SANDBOX_MIN")
    """The least level with which a run begins; a manifest may only ask for more."""
    sandbox_read: Folders = Field((), validation_alias="TASKS_SANDBOX_READ")
    """Further paths that runs may read from level S3 on, with colons between them; the system, Python and the modules
    of job types always are."""
    sandbox_write: Folders = Field((), validation_alias="TASKS_SANDBOX_WRITE")
    """Further paths that runs may read and change from level S3 on, with colons between them; their own directory
    always is."""
    history_days: int = Field(90, ge=1, validation_alias="TASKS_HISTORY_DAYS")
    """Days for which the ledger is kept."""

    manifests: Path = Field(Path("manifests"), validation_alias="TASKS_MANIFESTS")
    """Directory of the manifests."""
    git_url: GitUrl | None = Field(None, validation_alias="TASKS_GIT_URL")
    """A git repository as a source of manifests: `https://…`, `ssh://…`, `git@host:path` or `file:///…`. With it, the
    directory is a source only where `TASKS_MANIFESTS` is set, too."""
    git_branch: Branch = Field("main", validation_alias="TASKS_GIT_BRANCH")
    """The branch that is followed."""
    git_path: GitFolder = Field("", validation_alias="TASKS_GIT_PATH")
    """The folder of the repository that holds the manifests; empty means all of it."""
    git_poll: Span | None = Field(None, ge=timedelta(seconds=1), validation_alias="TASKS_GIT_POLL")
    """How often repositories are fetched, a tenth more or less; the default is `TASKS_SYNC_INTERVAL`. A webhook fetches
    at once."""
    git_token: SecretStr | None = Field(None, validation_alias="TASKS_GIT_TOKEN")
    """A token that may read the repository over https."""
    git_ssh_key: Path | None = Field(None, validation_alias="TASKS_GIT_SSH_KEY")
    """The file of a deploy key, for ssh."""
    git_known_hosts: Path | None = Field(None, validation_alias="TASKS_GIT_KNOWN_HOSTS")
    """A file of known hosts, for ssh; an unknown host is refused."""
    git_verify: Verify = Field("none", validation_alias="TASKS_GIT_VERIFY")
    """Which commits must be signed: `none`, the newest (`head`), or each one since the last that was applied
    (`strict`)."""
    git_signers: Path | None = Field(None, validation_alias="TASKS_GIT_SIGNERS")
    """Who may sign: a file of allowed signers (ssh keys), or a directory that is a GnuPG home."""
    git_allow_force_push: bool = Field(False, validation_alias="TASKS_GIT_ALLOW_FORCE_PUSH")
    """Whether a rewritten history is taken without confirmation."""
    git_sources: GitSettings = Field((), validation_alias="TASKS_GIT_SOURCES")
    """Further repositories, as a JSON array of objects with `name`, `url`, and perhaps `branch`, `path`, `token_file`
    and `ssh_key`."""
    sync_policy: Policy = Field("per_file", validation_alias="TASKS_SYNC_POLICY")
    """`per_file` freezes the jobs of a broken file and applies the others; with `strict` a revision that holds any
    broken file changes nothing."""
    load_factor: float = Field(10.0, ge=1, validation_alias="TASKS_LOAD_FACTOR")
    """A change that lets more than so many times as many runs per day happen as before waits for a confirmation, if it
    also adds more than `TASKS_LOAD_RUNS`."""
    load_runs: int = Field(2880, ge=0, validation_alias="TASKS_LOAD_RUNS")
    """Runs per day that a change may add without being asked about; the default is two jobs that run every minute."""
    sync_windows: WindowSettings = Field((), validation_alias="TASKS_SYNC_WINDOWS")
    """When changes of files are applied, as a JSON array of objects with `kind` (`allow` or `deny`), `cron`,
    `duration`, and perhaps `timezone`, `manual` and `labels`; without any, always."""
    webhook_secret: Key | None = Field(None, validation_alias="TASKS_WEBHOOK_SECRET")
    """The secret that GitHub or GitLab sign `POST /api/webhooks/git` with. Unset, no webhook is accepted."""
    timezone: Zone = Field("UTC", validation_alias="TASKS_TIMEZONE")
    """IANA time zone of schedules that name none."""
    sync_interval: Span = Field(timedelta(seconds=30), ge=timedelta(seconds=1), validation_alias="TASKS_SYNC_INTERVAL")
    """How often the manifests are re-read, besides at every change: `30s`, `5m`, or a number of seconds."""

    executor: ExecutorName = Field("local", validation_alias="EXECUTOR")
    """Where runs are carried out: `local` forks a child process for each, here; `celery` hands them to the workers
    (`tasks worker`) through a broker."""
    celery_broker_url: BrokerUrl | None = Field(None, validation_alias="CELERY_BROKER_URL")
    """The broker of `EXECUTOR=celery`: an address of any broker that Celery knows. Unset, it is `REDIS_URL`."""
    broker_options: BrokerOptions = Field(Secret({}), validation_alias="TASKS_BROKER_OPTIONS")
    """The broker's transport options as a JSON object, such as `{"visibility_timeout": 3600}`; `{}` leaves Celery's."""
    queues: Queues = Field(("default",), validation_alias="TASKS_QUEUES")
    """The queues that `tasks worker` serves, with commas between them."""
    max_runs: int = Field(8, ge=1, le=1000, validation_alias="TASKS_MAX_RUNS")
    """The most runs at once; a due run waits for its turn."""
    drain: Span = Field(timedelta(seconds=30), validation_alias="TASKS_DRAIN_SECONDS")
    """How long a stopping service lets its runs finish before it cancels them."""
    artifact_limit: Size = Field(ARTIFACT_LIMIT, ge=0, le=64 * 2**20, validation_alias="TASKS_ARTIFACT_LIMIT")
    """How much a run may leave in its artifacts, such as `16MiB`; what goes beyond is left out. At most 64 MiB."""
    preflight: bool = Field(True, validation_alias="TASKS_PREFLIGHT")
    """Whether jobs are checked by themselves, when they are applied and once a day; on request they are either way."""
    http_allow_private: bool = Field(False, validation_alias="TASKS_HTTP_ALLOW_PRIVATE")
    """Whether `http_request` jobs may reach private address ranges."""

    require_reason: bool = Field(False, validation_alias="TASKS_REQUIRE_REASON")
    """Whether a pause or a resume must state a reason."""
    override_days: int | None = Field(None, ge=1, validation_alias="TASKS_OVERRIDE_DAYS")
    """Days after which an override ends unless it says until when; without this, none ends by itself."""
    override_debt_days: int = Field(7, ge=1, validation_alias="TASKS_OVERRIDE_DEBT_DAYS")
    """Days after which an override that still holds is listed as something that belongs into a manifest."""

    secret_key: SigningKey = Field(None, validation_alias="SECRET_KEY")
    """Signs the sessions of the pages. Unset, each start makes a new one, and people sign in again."""
    api_key: Key | None = Field(None, validation_alias="TASKS_API_KEY")
    """The key of API and pages. Unset, nobody needs one."""

    server_url: HttpUrl | None = Field(None, validation_alias="TASKS_URL")
    """The service that commands such as `tasks get` ask. Unset, the one on this machine, at `TASKS_PORT`."""

    bot_api_url: HttpUrl | None = Field(None, validation_alias="SLACK_BOT_API_URL")
    """The main Slack bot. Unset, the service itself answers these endpoints from its database."""
    bot_api_key: SecretStr | None = Field(None, validation_alias="SLACK_BOT_API_KEY")
    """Sent to the main Slack bot as a bearer token."""
    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    """Token of the Slack app, `xoxb-…`; given only to the runs of job types that declare it."""
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    """App-level token, `xapp-…`; given only to the runs of job types that declare it."""
    slack_api_base_url: HttpUrl | None = Field(None, validation_alias="SLACK_API_BASE_URL")
    """Another Slack Web API, such as a stand-in for tests; the default is Slack's own."""

    _variables: Mapping[str, Variable] = PrivateAttr(default_factory=dict)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _a_broker_where_one_is_needed(self) -> Self:
        if self.executor == "celery" and self.broker_url is None:
            raise PydanticCustomError(
                "broker", "EXECUTOR=celery needs a broker. Set CELERY_BROKER_URL or REDIS_URL, or use EXECUTOR=local."
            )
        return self

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences to log at start: names that are probably misspelt, keys that are no secret."""
        return self._warnings

    @property
    def broker_url(self) -> SecretStr | None:
        """The address of the broker, as Celery spells it; None where there is none."""
        if self.celery_broker_url or self.redis_url is None:
            return self.celery_broker_url
        scheme, _, rest = self.redis_url.get_secret_value().partition("://")
        return SecretStr(f"{'redis+socket' if scheme == 'unix' else scheme}://{rest}")

    @property
    def directory_is_source(self) -> bool:
        """Whether the directory of manifests is read: unless git replaces it and nobody named it."""
        return self.variable("manifests")[1] is not None or not (self.git_url or self.git_sources)

    @property
    def look_interval(self) -> timedelta:
        """How often every source is looked at, at least."""
        gits = self.git_poll if self.git_poll and (self.git_url or self.git_sources) else timedelta()
        return max(self.sync_interval, gits)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def own_url(self) -> str:
        """Where this machine reaches the service."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104 - read, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def asked_url(self) -> str:
        """The service that commands ask."""
        return self.server_url or self.own_url

    def variable(self, field: str) -> tuple[str, Variable | None]:
        """The name under which a field was set, and what was found there; the present name and None for a default."""
        names = variable_names(field)
        name = next((name for name in names if name in self._variables), names[0])
        return name, self._variables.get(name)

    def named_secrets(self) -> dict[str, Variable]:
        """The variables that manifests may refer to."""
        return {name: v for name, v in self._variables.items() if _is_named_secret(name)}

    def told(self, names: Iterable[str]) -> dict[str, str]:
        """The settings of those names that are set and not secret, as text; for job types that declare them."""
        fields = {name: field for field in type(self).model_fields for name in variable_names(field)}
        values = {name: getattr(self, fields[name]) for name in names if name in fields}
        return {n: str(v) for n, v in values.items() if v is not None and not isinstance(v, SecretStr | Secret)}

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """The secrets of those names that are set, of the environment and ``.env``; never the service's own keys."""
        return {
            name: self._variables[name].text for name in names if name in self._variables and name not in _NEVER_TOLD
        }

    @property
    def secret_texts(self) -> frozenset[str]:
        """Every text that must not appear in a log."""
        found = set(option_secrets(self.broker_options.get_secret_value()))
        for field in type(self).model_fields:
            value = getattr(self, field)
            text = value.get_secret_value() if isinstance(value, SecretStr) else value
            if isinstance(text, str) and is_address(field):
                found |= set(passwords(text))
            elif isinstance(value, SecretStr):
                found.add(text)
        return frozenset(found | {v.text for v in self.named_secrets().values()}) - {""}

    def remember(self, variables: Mapping[str, Variable], warnings: Iterable[str]) -> Self:
        """These settings, with what they were made of."""
        self._variables = dict(variables)
        self._warnings = tuple(warnings)
        return self


def variable_names(field: str) -> tuple[str, ...]:
    """The environment variables that set a field, the present name first."""
    alias = Settings.model_fields[field].validation_alias
    return tuple(map(str, alias.choices)) if isinstance(alias, AliasChoices) else (str(alias),)


def is_secret(field: str) -> bool:
    """Whether a field's value must never be shown."""
    return "Secret" in str(Settings.model_fields[field].annotation)


def is_address(field: str) -> bool:
    """Whether a field's value is an address, of which only the password is secret."""
    return field.endswith("_url")


def _is_named_secret(name: str) -> bool:
    return name.startswith(SECRET_PREFIX) and name != SECRET_PREFIX


SECRET_VARIABLES: Final = frozenset(variable_names(field)[0] for field in Settings.model_fields if is_secret(field))
"""Each may also be given as a file: ``NAME_FILE`` holds its path."""
KNOWN_VARIABLES: Final = frozenset(name for field in Settings.model_fields for name in variable_names(field))
