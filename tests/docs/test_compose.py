"""deploy/compose.yaml: valid by the official schema, whole, and understood by the service."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from deployed import KNOWN, settings_in_container
from jsonschema.validators import validator_for
from running import ROOT

FILE = ROOT / "deploy" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES = COMPOSE["services"]
OURS = ["tasks", "worker"]
SECRETS = {
    "/run/secrets/database_url": "postgresql://tasks:p@postgres/tasks",
    "/run/secrets/secret_key": "s" * 32,
    "/run/secrets/api_key": "k" * 32,
}
Change = Callable[[dict[str, Any]], Any]


def errors(document: dict[str, Any]) -> list[str]:
    """What the official schema has against it."""
    schema = get_builtin_schema("vendor.compose-spec")
    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


def test_the_schema_accepts_it() -> None:
    assert errors(COMPOSE) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["services"]["tasks"].update(enviroment={}),
        lambda it: it["services"]["worker"].update(stop_grace_periods="1s"),
        lambda it: it["services"]["postgres"]["healthcheck"].update(test=5),
        lambda it: it["services"]["tasks"]["deploy"].update(replica=2),
        lambda it: it["services"]["tasks"]["depends_on"]["redis"].update(condition="service_well"),
        lambda it: it.update(volume={}),
    ],
)
def test_the_schema_refuses_a_typing_error(change: Change) -> None:
    broken = copy.deepcopy(COMPOSE)
    change(broken)

    assert errors(broken) != []


def loose_ends(document: dict[str, Any]) -> set[str]:
    """Names that are used and not declared, or declared and not used."""
    used: dict[str, set[str]] = {"secrets": set(), "volumes": set(), "services": set(document["services"])}
    declared = {kind: set(document[kind]) for kind in used}
    for service in document["services"].values():
        used["secrets"] |= set(service.get("secrets", []))
        used["services"] |= set(service.get("depends_on", {}))
        sources = [volume.split(":")[0] for volume in service.get("volumes", [])]
        used["volumes"] |= {source for source in sources if not source.startswith(".")}
        for path in re.findall(r"/run/secrets/(\w+)", str(service.get("environment", {}))):
            used["secrets"].add(path if path in service.get("secrets", []) else f"{path} (not mounted)")
    return {name for kind in used for name in used[kind] ^ declared[kind]}


def test_nothing_is_missing_and_nothing_is_left_over() -> None:
    assert loose_ends(COMPOSE) == set()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda it: it["secrets"].pop("api_key"), "api_key"),
        (lambda it: it["volumes"].pop("redis"), "redis"),
        (lambda it: it["services"]["tasks"]["depends_on"].update(rabbit={}), "rabbit"),
        (lambda it: it["services"]["worker"]["secrets"].remove("secret_key"), "secret_key (not mounted)"),
    ],
)
def test_a_loose_end_is_found(change: Change, name: str) -> None:
    broken = copy.deepcopy(COMPOSE)
    change(broken)

    assert name in loose_ends(broken)


def test_folders_that_are_mounted_or_built_exist() -> None:
    sources = [v.split(":")[0] for name in OURS for v in SERVICES[name].get("volumes", []) if v.startswith(".")]

    assert [source for source in [*sources, SERVICES["tasks"]["build"]] if not (FILE.parent / source).is_dir()] == []
    assert (FILE.parent / SERVICES["tasks"]["build"] / "Dockerfile").is_file()


@pytest.mark.parametrize("name", OURS)
def test_the_service_understands_what_it_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES[name]["environment"]

    settings = settings_in_container(environment, SECRETS, tmp_path, monkeypatch)

    assert environment.keys() <= KNOWN
    assert settings.warnings == ()
    assert settings.executor == "celery"
    assert settings.broker_url is not None
    assert settings.database_url.get_secret_value() == SECRETS["/run/secrets/database_url"]
    assert settings.secret_key is not None
    assert settings.api_key is not None
    assert settings.drain.total_seconds() + 10 <= int(SERVICES[name]["stop_grace_period"].removesuffix("s"))


def test_every_server_is_awaited_and_checked() -> None:
    for name in OURS:
        assert all(need == {"condition": "service_healthy"} for need in SERVICES[name]["depends_on"].values())
    assert all("test" in SERVICES[name]["healthcheck"] for name in ("postgres", "redis"))
    assert {SERVICES[name]["deploy"]["replicas"] for name in OURS} == {2}


def test_each_replica_has_a_port_and_only_this_machine_reaches_it() -> None:
    [published] = SERVICES["tasks"]["ports"]
    found = re.fullmatch(r"127\.0\.0\.1:(\d+)-(\d+):5001", published)

    assert found
    assert int(found[2]) - int(found[1]) + 1 == SERVICES["tasks"]["deploy"]["replicas"]
