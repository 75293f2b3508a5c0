"""deploy/kubernetes: every object valid by the official schemas, the whole consistent, understood by the service."""

import copy
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from deployed import KNOWN, settings_in_container
from running import ROOT

from tasks_service.api.routes import ROUTES

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
EXAMPLES = {"secrets.example.yaml"}
"""Not part of the base, and say so."""
Document = dict[str, Any]


def read(names: set[str]) -> list[Document]:
    return [document for name in sorted(names) for document in yaml.safe_load_all((FOLDER / name).read_text())]


OBJECTS = read(set(KUSTOMIZATION["resources"]))
SECRETS = read(EXAMPLES)
DEPLOYMENTS = [it for it in OBJECTS if it["kind"] == "Deployment"]


def named(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def containers(deployment: Document) -> Iterator[Document]:
    spec = deployment["spec"]["template"]["spec"]
    yield from [*spec.get("initContainers", []), *spec["containers"]]


def valid(document: Document) -> None:
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("document", [*OBJECTS, *SECRETS], ids=named)
def test_the_schema_accepts_every_object(document: Document) -> None:
    valid(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["spec"].update(replica=2),
        lambda it: it["spec"]["strategy"].update(rollingUpdates={}),
        lambda it: it["spec"]["template"]["spec"].update(terminationGracePeriod=45),
        lambda it: it["spec"]["template"]["spec"]["containers"][0].update(readinessProbes={}),
        lambda it: it["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["httpGet"].update(prot=1),
        lambda it: it["spec"]["template"]["spec"]["containers"][0]["securityContext"].update(readonlyRootFilesystem=1),
        lambda it: it["spec"].update(replicas="two"),
        lambda it: it["spec"].pop("selector"),
    ],
)
def test_the_schema_refuses_a_typing_error(change: Callable[[Document], object]) -> None:
    broken = copy.deepcopy(next(it for it in DEPLOYMENTS if it["metadata"]["name"] == "tasks"))
    change(broken)

    with pytest.raises(kubernetes_validate.ValidationError):
        valid(broken)


def test_the_kustomization_leaves_no_file_out_and_names_none_that_is_missing() -> None:
    files = {path.name for path in FOLDER.iterdir()} - {"kustomization.yaml"}

    assert set(KUSTOMIZATION["resources"]) | EXAMPLES == files
    assert {image["name"] for image in KUSTOMIZATION["images"]} == {
        c["image"] for d in DEPLOYMENTS for c in containers(d)
    }


def test_kustomize_builds_it_and_refuses_a_typing_error(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    copied = tmp_path / "base"
    shutil.copytree(FOLDER, copied)

    built = subprocess.run(["kubectl", "kustomize", copied], capture_output=True, text=True)
    (copied / "kustomization.yaml").write_text((copied / "kustomization.yaml").read_text().replace("images:", "image:"))
    broken = subprocess.run(["kubectl", "kustomize", copied], capture_output=True, text=True)

    assert (built.returncode, built.stderr) == (0, "")
    made = list(yaml.safe_load_all(built.stdout))
    assert sorted(map(named, made)) == sorted(map(named, OBJECTS))
    assert all(":" in c["image"] for it in made if it["kind"] == "Deployment" for c in containers(it))
    assert broken.returncode != 0


def loose_ends(objects: list[Document], secrets: list[Document]) -> set[str]:
    """What refers to something that is not there."""
    there = {named(it) for it in [*objects, *secrets]}
    labels = [it["spec"]["template"]["metadata"]["labels"] for it in objects if it["kind"] == "Deployment"]
    found: set[str] = set()
    for it in objects:
        match it["kind"]:
            case "Deployment":
                found |= _ends_of_pod(it, there)
                if it["spec"]["selector"]["matchLabels"] != it["spec"]["template"]["metadata"]["labels"]:
                    found.add(f"{named(it)}: selector")
            case "Service" if it["spec"]["selector"] not in labels:
                found.add(f"{named(it)}: selector")
            case "PodDisruptionBudget" if it["spec"]["selector"]["matchLabels"] not in labels:
                found.add(f"{named(it)}: selector")
    return found


def _ends_of_pod(deployment: Document, there: set[str]) -> set[str]:
    spec = deployment["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in spec["volumes"]}
    mounted = {mount["name"] for c in containers(deployment) for mount in c["volumeMounts"]}
    found = {f"volume {name}" for name in volumes ^ mounted}
    found |= {f"Secret/{v['secret']['secretName']}" for v in spec["volumes"] if "secret" in v} - there
    for container in containers(deployment):
        ports = {port["name"] for port in container.get("ports", [])}
        for source in container.get("envFrom", []):
            kind, reference = next(iter(source.items()))
            found |= {f"{'Secret' if kind == 'secretRef' else 'ConfigMap'}/{reference['name']}"} - there
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container and container["name"] == "tasks":
                get = container[probe]["httpGet"]
                found |= {f"port {get['port']}"} if get["port"] not in ports else set()
                found |= {f"path {get['path']}"} if get["path"] not in ROUTES else set()
    return found


def test_nothing_refers_to_what_is_not_there() -> None:
    assert loose_ends(OBJECTS, SECRETS) == set()


@pytest.mark.parametrize(
    ("where", "old", "new"),
    [
        ("settings.yaml", "tasks-settings", "tasks-setting"),
        ("secrets.example.yaml", "tasks-secrets", "task-secrets"),
        ("replicas.yaml", "path: /health/ready", "path: /health/reddy"),
        ("replicas.yaml", "{name: http, containerPort", "{name: web, containerPort"),
        ("replicas.yaml", "{name: data, mountPath", "{name: dat, mountPath"),
        ("workers.yaml", "labels: {app.kubernetes.io/name: tasks-worker}", "labels: {app.kubernetes.io/name: worker}"),
        ("service.yaml", "{app.kubernetes.io/name: tasks}", "{app.kubernetes.io/name: task}"),
        ("disruption.yaml", "name: tasks-worker}\n", "name: tasks-workers}\n"),
    ],
)
def test_a_loose_end_is_found(where: str, old: str, new: str) -> None:
    objects, secrets = [
        [
            document
            for name in sorted(names)
            for document in yaml.safe_load_all(
                (FOLDER / name).read_text().replace(*(old, new) if name == where else ("", ""))
            )
        ]
        for names in (set(KUSTOMIZATION["resources"]), EXAMPLES)
    ]

    assert loose_ends(objects, secrets) != set()


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_the_service_understands_what_it_is_told(
    deployment: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = next(it["data"] for it in OBJECTS if named(it) == "ConfigMap/tasks-settings")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    mount = next(m["mountPath"] for m in container["volumeMounts"] if m["name"] == "secrets")
    files = {f"{mount}/{name}": text for name, text in SECRETS[0]["stringData"].items()}
    environment = {**told, **{entry["name"]: entry["value"] for entry in container["env"]}}

    settings = settings_in_container(environment, files, tmp_path, monkeypatch)

    assert environment.keys() <= KNOWN
    assert settings.warnings == ()
    assert (settings.executor, settings.broker_url is not None, settings.api_key is not None) == ("celery", True, True)
    assert settings.database_url.get_secret_value() == SECRETS[0]["stringData"]["DATABASE_URL"]
    assert (
        settings.drain.total_seconds() + 10 <= deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    )


def test_every_container_is_confined_and_runs_as_the_images_user() -> None:
    for deployment in DEPLOYMENTS:
        pod = deployment["spec"]["template"]["spec"]
        assert (pod["automountServiceAccountToken"], pod["securityContext"]["runAsNonRoot"]) == (False, True)
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers(deployment):
            context = container["securityContext"]
            assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
            assert context["capabilities"] == {"drop": ["ALL"]}
            if container["image"] == "insightmesh-tasks":
                assert context["runAsUser"] == 10001
                assert {"/data", "/tmp"} <= {mount["mountPath"] for mount in container["volumeMounts"]}


def test_manifests_are_followed_below_the_symlink_of_the_sidecar() -> None:
    [replicas] = [it for it in DEPLOYMENTS if it["metadata"]["name"] == "tasks"]
    [sidecar] = replicas["spec"]["template"]["spec"]["initContainers"]
    [service] = replicas["spec"]["template"]["spec"]["containers"]
    env = {entry["name"]: entry["value"] for c in (sidecar, service) for entry in c["env"]}

    assert sidecar["restartPolicy"] == "Always"
    assert env["TASKS_MANIFESTS"].startswith(f"{env['GITSYNC_ROOT']}/{env['GITSYNC_LINK']}/")
    assert {"name": "git", "mountPath": env["GITSYNC_ROOT"], "readOnly": True} in service["volumeMounts"]
