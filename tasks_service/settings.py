"""The settings: read once, at the edge, from the environment and ``.env``; frozen from then on.

A field's ``validation_alias`` is the name people write and its docstring is the sentence of ``docs/configuration.md``.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    PrivateAttr,
    Secret,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tasks_service.core.durations import Duration
from tasks_service.core.schedule import Zone

SECRET_PREFIX: Final = "TASKS_SECRET_"  # noqa: S105 - a prefix of names
"""Variables of this prefix can be named in manifests as ``${TASKS_SECRET_…}``."""
PLACEHOLDER_KEYS: Final = frozenset({"your-secret-key-here", "your-very-secure-secret-key"})
"""Published in the documentation, hence no secrets: such a SECRET_KEY counts as unset."""
_NEVER_TOLD: Final = frozenset(
    {"SECRET_KEY", "TASKS_API_KEY", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "TASKS_BROKER_OPTIONS"}
)
"""The service's own keys; no job is given them, whatever its type declares."""

BROKER_SCHEMES: Final = (
    *("amqp", "amqps", "azureservicebus", "azurestoragequeues", "confluentkafka", "consul", "etcd", "filesystem"),
    *("gcpubsub", "kafka", "librabbitmq", "memory", "mongodb", "pgmq", "pyamqp", "pyro", "qpid", "redis", "rediss"),
    *("sentinel", "slmq", "sqla", "sqlalchemy", "sqs", "zookeeper"),
)
"""The brokers that Celery knows; what may follow after a ``+`` is the broker's own."""

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class SettingsError(Exception):
    """One or more variables cannot be used; ``problems`` holds a sentence for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def _bare_seconds(value: Any) -> Any:
    return f"{value}s" if isinstance(value, str) and value.isdecimal() else value


def _url(value: str, *schemes: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not (parts.netloc or parts.path):
        allowed = " or ".join(f"{scheme}://" for scheme in schemes)
        raise PydanticCustomError("url", "it must be an address that begins with {allowed}", {"allowed": allowed})
    return value


def _http_url(value: str) -> str:
    return _url(value, "http", "https").rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    plain = value.get_secret_value()
    dialect = plain.partition(":")[0].partition("+")[0]
    _url(plain.replace(plain.partition(":")[0], dialect, 1), "sqlite", "postgresql", "postgres")
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    _url(value.get_secret_value(), "redis", "rediss", "unix")
    return value


def _broker_url(value: SecretStr) -> SecretStr:
    for part in value.get_secret_value().split(";"):  # several are tried in turn
        scheme, separator, _ = part.partition("://")
        if not separator or scheme.partition("+")[0].lower() not in BROKER_SCHEMES:
            known = ", ".join(BROKER_SCHEMES)
            raise PydanticCustomError("url", "it must be an address that begins with one of: {known}", {"known": known})
    return value


def _json_object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise PydanticCustomError("json", 'it must be a JSON object such as {"visibility_timeout": 3600}')
    return read


def _queue_names(value: Any) -> Any:
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not names or not all(_QUEUE_NAME.fullmatch(name) for name in names):
        raise PydanticCustomError("queues", "it must be names of letters, digits and _.- with commas between them")
    return tuple(dict.fromkeys(names))


_QUEUE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def _secret_part(value: str) -> str:
    return (urlsplit(value).password or "") if "://" in value else value


_KEYS_OF_SECRETS = re.compile("pass|secret|token|credential", re.IGNORECASE)


def _texts(options: Mapping[str, Any]) -> Iterable[str]:
    """What options hold under the names of secrets."""
    for key, value in options.items():
        if isinstance(value, Mapping):
            yield from _texts(value)
        elif isinstance(value, str) and _KEYS_OF_SECRETS.search(key):
            yield value


def _real_key(value: Any) -> Any:
    return None if value in PLACEHOLDER_KEYS else value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Span = Annotated[Duration, BeforeValidator(_bare_seconds)]
"""A duration; a bare number counts seconds."""
HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """All that an installation can set. Build it with ``read_settings``."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        case_sensitive=True,
        env_ignore_empty=True,
        env_file=".env",
        env_file_encoding="utf-8",
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )

    host: str = Field("127.0.0.1", validation_alias="TASKS_HOST")
    """Address to listen on. Anything but loopback without `TASKS_API_KEY` is obeyed, with a warning."""
    port: int = Field(5001, ge=0, le=65535, validation_alias="TASKS_PORT")
    """Port to listen on; `0` takes any free one."""
    environment: Literal["production", "development"] = Field(
        "production", validation_alias=AliasChoices("TASKS_ENV", "FLASK_ENV")
    )
    """`development` logs more and reloads on code changes. `FLASK_ENV` is accepted as the old name."""
    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = Field(
        default_factory=lambda data: "DEBUG" if data.get("environment") == "development" else "INFO",
        validation_alias="LOG_LEVEL",
    )
    """`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`; the default is `INFO`, in development `DEBUG`."""
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = Field(
        "text", validation_alias="LOG_FORMAT"
    )
    """`text` for people, or `json`: one flat object per line, for machines."""

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        SecretStr("sqlite:///tasks.db"), validation_alias="DATABASE_URL"
    )
    """SQLite (`sqlite:///tasks.db`) or PostgreSQL (`postgresql://user:password@host/name`). A relative SQLite path
    counts from the working directory."""
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(None, validation_alias="REDIS_URL")
    """Optional: a single Redis or any node of a cluster, `redis://`, `rediss://` or `unix://`. One that cannot be
    reached is a warning, not an error."""
    data_dir: Path = Field(Path("data"), validation_alias="TASKS_DATA_DIR")
    """Folder for the working directories of runs."""
    history_days: int = Field(90, ge=1, validation_alias="TASKS_HISTORY_DAYS")
    """Days for which the ledger is kept."""

    manifests: Path = Field(Path("manifests"), validation_alias="TASKS_MANIFESTS")
    """Directory of the manifests."""
    timezone: Zone = Field("UTC", validation_alias="TASKS_TIMEZONE")
    """IANA time zone of schedules that name none."""
    sync_interval: Span = Field(timedelta(seconds=30), ge=timedelta(seconds=1), validation_alias="TASKS_SYNC_INTERVAL")
    """How often the manifests are re-read, besides at every change: `30s`, `5m`, or a number of seconds."""

    executor: Annotated[Literal["local", "celery"], BeforeValidator(_lower)] = Field(
        "local", validation_alias="EXECUTOR"
    )
    """Where runs are carried out: `local` forks a child process for each, here; `celery` hands them to the workers
    (`tasks worker`) through a broker."""
    celery_broker_url: Annotated[SecretStr, AfterValidator(_broker_url)] | None = Field(
        None, validation_alias="CELERY_BROKER_URL"
    )
    """The broker of `EXECUTOR=celery`: an address of any broker that Celery knows. Unset, it is `REDIS_URL`."""
    broker_options: Annotated[Secret[dict[str, Any]], NoDecode, BeforeValidator(_json_object)] = Field(
        Secret({}), validation_alias="TASKS_BROKER_OPTIONS"
    )
    """The broker's transport options as a JSON object, such as `{"visibility_timeout": 3600}`; `{}` leaves Celery's."""
    queues: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_queue_names)] = Field(
        ("default",), validation_alias="TASKS_QUEUES"
    )
    """The queues that `tasks worker` serves, with commas between them."""
    max_runs: int = Field(8, ge=1, le=1000, validation_alias="TASKS_MAX_RUNS")
    """The most runs at once; a due run waits for its turn."""
    drain: Span = Field(timedelta(seconds=30), validation_alias="TASKS_DRAIN_SECONDS")
    """How long a stopping service lets its runs finish before it cancels them."""
    http_allow_private: bool = Field(False, validation_alias="TASKS_HTTP_ALLOW_PRIVATE")
    """Whether `http_request` jobs may reach private address ranges."""

    require_reason: bool = Field(False, validation_alias="TASKS_REQUIRE_REASON")
    """Whether a pause or a resume must state a reason."""
    override_days: int | None = Field(None, ge=1, validation_alias="TASKS_OVERRIDE_DAYS")
    """Days after which an override ends unless it says until when; without this, none ends by itself."""

    secret_key: Annotated[SecretStr | None, BeforeValidator(_real_key)] = Field(None, validation_alias="SECRET_KEY")
    """Signs the sessions of the pages. Unset, each start makes a new one, and people sign in again."""
    api_key: SecretStr | None = Field(None, validation_alias="TASKS_API_KEY")
    """The key of API and pages. Unset, nobody needs one."""

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

    _variables: dict[str, str] = PrivateAttr(default_factory=dict)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _a_broker_where_one_is_needed(self) -> Self:
        if self.executor == "celery" and self.broker_url is None:
            raise PydanticCustomError(
                "broker", "EXECUTOR=celery needs a broker. Set CELERY_BROKER_URL or REDIS_URL, or use EXECUTOR=local."
            )
        return self

    @property
    def broker_url(self) -> SecretStr | None:
        """The address of the broker, as Celery spells it; None where there is none."""
        if self.celery_broker_url or self.redis_url is None:
            return self.celery_broker_url
        scheme, _, rest = self.redis_url.get_secret_value().partition("://")
        return SecretStr(f"{'redis+socket' if scheme == 'unix' else scheme}://{rest}")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences to log at start: names that are probably misspelt, keys that are no secret."""
        return self._warnings

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

    def told(self, names: Iterable[str]) -> dict[str, str]:
        """The settings of those names that are set and not secret, as text; for job types that declare them."""
        fields = {name: field for field in type(self).model_fields for name in variable_names(field)}
        values = {name: getattr(self, fields[name]) for name in names if name in fields}
        return {name: str(v) for name, v in values.items() if v is not None and not isinstance(v, SecretStr | Secret)}

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """The secrets of those names that are set, of the environment and ``.env``; never the service's own keys."""
        return {name: self._variables[name] for name in names if name in self._variables and name not in _NEVER_TOLD}

    @property
    def secret_texts(self) -> frozenset[str]:
        """Every text that must not appear in a log."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        own = {_secret_part(value.get_secret_value()) for value in fields if isinstance(value, SecretStr)}
        own |= set(_texts(self.broker_options.get_secret_value()))
        named = {value for name, value in self._variables.items() if name.startswith(SECRET_PREFIX)}
        return frozenset(own | named) - {""}

    def _remember(self, variables: Mapping[str, str]) -> Self:
        self._variables = {name: value for name, value in variables.items() if value}
        self._warnings = tuple(_doubts(variables))
        return self


def variable_names(field: str) -> tuple[str, ...]:
    """The environment variables that set a field, the present name first."""
    alias = Settings.model_fields[field].validation_alias
    return tuple(map(str, alias.choices)) if isinstance(alias, AliasChoices) else (str(alias),)


def _is_secret(field: str) -> bool:
    return "Secret" in str(Settings.model_fields[field].annotation)


SECRET_VARIABLES: Final = frozenset(variable_names(field)[0] for field in Settings.model_fields if _is_secret(field))
"""Each may also be given as a file: ``NAME_FILE`` holds its path."""


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the environment and ``env_file``; raise ``SettingsError`` with a sentence for each wrong variable."""
    try:
        file = dotenv_values(env_file, encoding="utf-8") if env_file and env_file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{env_file}: it cannot be read ({error}). Make it a readable UTF-8 file."]) from None
    variables = {name: value for name, value in file.items() if value is not None} | dict(os.environ)
    secrets = _secrets_of_files(variables)
    variables |= {name: value for name, (_, value) in secrets.items()}
    given: dict[str, Any] = dict(secrets.values())
    try:
        settings = Settings(_env_file=env_file, **given)
    except ValidationError as error:
        found = error.errors(include_url=False)
        own = [
            problem for problem in found if problem["type"] != "default_factory_not_called"
        ]  # only follows from another
        raise SettingsError(_sentence(problem, variables) for problem in own) from None
    return settings._remember(variables)


def _secrets_of_files(variables: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Secrets that a file holds, as container platforms mount them: by variable the field and the text, without the
    last line's end. ``SettingsError`` with a sentence for each file that cannot serve."""
    found: dict[str, tuple[str, str]] = {}
    problems: list[str] = []
    for field in filter(_is_secret, Settings.model_fields):
        name = variable_names(field)[0]
        path = variables.get(f"{name}_FILE", "")
        if not path:
            continue
        if variables.get(name):
            problems.append(f"{name} and {name}_FILE are both set. Remove one of them.")
            continue
        try:
            found[name] = (field, Path(path).read_text("utf-8").rstrip("\r\n"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            problems.append(f"{name}_FILE: {path} cannot be read: {reason}. Make it a file that this user may read.")
    if problems:
        raise SettingsError(problems)
    return found


def _sentence(problem: ErrorDetails, variables: Mapping[str, str]) -> str:
    """Name, what is wrong and what to do; the value only where it is no secret."""
    if not problem["loc"]:  # of the settings together
        return problem["msg"]
    first = str(problem["loc"][0])
    field = next(f for f in Settings.model_fields if first in (f, *variable_names(f)))
    name = next((n for n in variable_names(field) if variables.get(n)), first)
    value = "its value" if _is_secret(field) else repr(variables.get(name, problem["input"]))
    return f"{name}: {value} cannot be used: {_reason(problem)}. Correct or remove it in the environment or in .env."


def _reason(problem: ErrorDetails) -> str:
    context = problem.get("ctx", {})
    match problem["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return "it must be a whole number"
        case "bool_parsing" | "bool_type":
            return "it must be true or false"
        case "greater_than_equal":
            return f"it must be at least {context['ge']}"
        case "less_than_equal":
            return f"it must be at most {context['le']}"
        case "literal_error":
            return f"it must be {context['expected']}"
        case _:
            return problem["msg"]


def _doubts(variables: Mapping[str, str]) -> Iterable[str]:
    known = {name for field in Settings.model_fields for name in variable_names(field)}
    known |= {f"{name}_FILE" for name in known if name in SECRET_VARIABLES}
    for name in sorted(variables):
        if name.startswith("TASKS_") and name not in known and not name.startswith(SECRET_PREFIX):
            close = get_close_matches(name, known, n=1)
            yield f"{name} is no setting" + (f"; did you mean {close[0]}?" if close else " and has no effect.")
    if variables.get("SECRET_KEY") in PLACEHOLDER_KEYS:
        yield "SECRET_KEY is the example's text, which everybody knows: it counts as unset. Set one of your own."
