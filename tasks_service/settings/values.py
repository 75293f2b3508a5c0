"""The types of single settings: what each accepts, and the reason where it does not."""

import json
import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Secret, SecretStr
from pydantic_core import PydanticCustomError

from tasks_service.core.confinement import Level
from tasks_service.core.durations import Duration
from tasks_service.core.git_address import address_trouble

PLACEHOLDER_KEYS: Final = frozenset({"your-secret-key-here", "your-very-secure-secret-key"})
"""Published in the documentation, hence no secrets: such a SECRET_KEY counts as unset."""
BROKER_SCHEMES: Final = (
    *("amqp", "amqps", "azureservicebus", "azurestoragequeues", "confluentkafka", "consul", "etcd", "filesystem"),
    *("gcpubsub", "kafka", "librabbitmq", "memory", "mongodb", "pgmq", "pyamqp", "pyro", "qpid", "redis", "rediss"),
    *("sentinel", "slmq", "sqla", "sqlalchemy", "sqs", "zookeeper"),
)
"""The brokers that Celery knows; what may follow after a ``+`` is the broker's own."""

_DATABASES = ("sqlite", "postgresql", "postgres")
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_QUEUE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_INJECTED_PORT = re.compile(r"(tcp|udp)://[\w.:\[\]-]+:\d+")


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _bare_seconds(value: Any) -> Any:
    return f"{value}s" if isinstance(value, str) and value.isdecimal() else value


def _own_port(value: Any) -> Any:
    if isinstance(value, str) and _INJECTED_PORT.fullmatch(value):
        raise PydanticCustomError(
            "port",
            "Kubernetes sets it so for a Service called 'tasks'; set enableServiceLinks: false in the pod, or set "
            "TASKS_PORT there yourself",
        )
    return value


def _url(value: str, *schemes: str) -> str:
    """``value``, where it begins with one of ``schemes`` and can be taken apart; the error repeats nothing of it."""
    try:
        parts = urlsplit(value)
        known = parts.scheme in schemes and bool(parts.netloc or parts.path) and (parts.port or 0) >= 0
    except ValueError:
        raise PydanticCustomError("url", "host or port of the address cannot be read") from None
    if not known:
        allowed = " or ".join(f"{scheme}://" for scheme in schemes)
        raise PydanticCustomError("url", "it must be an address that begins with {allowed}", {"allowed": allowed})
    return value


def _git_url(value: str) -> str:
    if trouble := address_trouble(value):
        raise PydanticCustomError("url", "{trouble}", {"trouble": trouble})
    return value


def _branch(value: str) -> str:
    """As git allows them, so that none is taken for an option or for a pattern."""
    forbidden = set(" ~^:?*[\\") | {"\x7f"}
    odd = value.startswith(("-", "/", ".")) or value.endswith(("/", ".", ".lock")) or ".." in value or "@{" in value
    if not value or odd or any(c in forbidden or ord(c) < 32 for c in value):
        raise PydanticCustomError("branch", "it must be the name of a branch, such as main")
    return value


def _folder_in_git(value: str) -> str:
    parts = value.strip("/").split("/")
    if any(part in ("..", ".") for part in parts):
        raise PydanticCustomError("path", "it must be a folder of the repository, such as deploy/jobs")
    return value.strip("/")


def json_array(value: Any) -> Any:
    """A JSON array of a text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, list):
        raise PydanticCustomError("json", 'it must be a JSON array such as [{"name": "team", "url": "https://…"}]')
    return read


def _http_url(value: str) -> str:
    return _url(value, "http", "https").rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    scheme, _, rest = value.get_secret_value().partition("://")
    if scheme.partition("+")[0] not in _DATABASES or not rest:
        allowed = " or ".join(f"{name}://" for name in _DATABASES)
        raise PydanticCustomError("url", "it must be an address that begins with {allowed}", {"allowed": allowed})
    if not scheme.startswith("sqlite") and rest.partition("?")[0].count("@") > 1:
        raise PydanticCustomError("url", "it has more than one @: an @ in user or password is written %40")
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
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise PydanticCustomError("json", 'it must be a JSON object such as {"visibility_timeout": 3600}')
    return read


def _host_names(value: Any) -> Any:
    names = [name.strip().lower() for name in value.split(",")] if isinstance(value, str) else value
    if not all(_HOST_NAME.fullmatch(name) for name in names):
        raise PydanticCustomError("hosts", "it must be names of hosts without port, with commas between them")
    return tuple(dict.fromkeys(names))


def _queue_names(value: Any) -> Any:
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not names or not all(_QUEUE_NAME.fullmatch(name) for name in names):
        raise PydanticCustomError("queues", "it must be names of letters, digits and _.- with commas between them")
    return tuple(dict.fromkeys(names))


def _folders(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    folders = [entry.strip() for entry in value.split(":") if entry.strip()]
    relative = [folder for folder in folders if not folder.startswith("/")]
    if relative:
        raise PydanticCustomError("folders", "{path} must be an absolute path", {"path": relative[0]})
    return tuple(dict.fromkeys(folders))


def _key(value: SecretStr) -> SecretStr:
    """A key goes into a header and is compared: one of blanks would lock everybody out, or nobody."""
    text = value.get_secret_value()
    if text != text.strip() or not text.isprintable():
        raise PydanticCustomError("key", "it must be one line without blanks before and after it")
    return value


def _no_placeholder(value: Any) -> Any:
    return None if value in PLACEHOLDER_KEYS else value


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
LogFormat = Annotated[Literal["text", "json"], BeforeValidator(_lower)]
Environment = Annotated[Literal["production", "development"], BeforeValidator(_lower)]
ExecutorName = Annotated[Literal["local", "celery"], BeforeValidator(_lower)]
Port = Annotated[int, BeforeValidator(_own_port)]
Span = Annotated[Duration, BeforeValidator(_bare_seconds)]
"""A duration; a bare number counts seconds."""
HostNames = Annotated[tuple[str, ...], BeforeValidator(_host_names)]
Queues = Annotated[tuple[str, ...], BeforeValidator(_queue_names)]

SandboxLevel = Annotated[Level, BeforeValidator(_upper)]
Folders = Annotated[tuple[str, ...], BeforeValidator(_folders)]
Policy = Annotated[Literal["per_file", "strict"], BeforeValidator(_lower)]
Verify = Annotated[Literal["none", "head", "strict"], BeforeValidator(_lower)]
GitUrl = Annotated[str, AfterValidator(_git_url)]
Branch = Annotated[str, AfterValidator(_branch)]
GitFolder = Annotated[str, AfterValidator(_folder_in_git)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
BrokerUrl = Annotated[SecretStr, AfterValidator(_broker_url)]
BrokerOptions = Annotated[Secret[dict[str, Any]], BeforeValidator(_json_object)]
Key = Annotated[SecretStr, AfterValidator(_key)]
SigningKey = Annotated[Key | None, BeforeValidator(_no_placeholder)]
