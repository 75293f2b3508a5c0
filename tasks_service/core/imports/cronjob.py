"""Kubernetes CronJobs as jobs of the type ``command``: the same program at the same times, on this machine."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tasks_service.core.diagnostics import Loc, dotted
from tasks_service.core.imports.carried import Carried, Import, Loss
from tasks_service.core.imports.container import program
from tasks_service.core.imports.cronjob_policy import cronjob_policy
from tasks_service.core.imports.job_names import as_job_id
from tasks_service.core.imports.kubernetes_schedule import kubernetes_schedule
from tasks_service.core.imports.original import Fields, Gap, Misfit, Original

_NO_COUNTERPART = "a manifest has nothing like it"
_USER = "runs are carried out as the user of the service"
_FILES = "name files of the machine instead"
_HISTORY = "TASKS_HISTORY_DAYS says how long runs are kept"
_WHY = {
    "image": "install its program where the service runs",
    "volumes": _FILES,
    "volumeMounts": _FILES,
    "serviceAccountName": _USER,
    "serviceAccount": _USER,
    "securityContext": _USER,
    "resources": "policy.resources limits memory, CPU time, processes and output of a run",
    "initContainers": "a run is one program: write a script, or jobs of their own",
    "envFrom": "write the variables into parameters.env, secrets as references",
    "configMapKeyRef": "write the value into parameters.env",
    "namespace": "a job has none; labels can group jobs",
    "successfulJobsHistoryLimit": _HISTORY,
    "failedJobsHistoryLimit": _HISTORY,
    "ttlSecondsAfterFinished": _HISTORY,
}
_OF_THE_CLUSTER = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_DESCRIPTION = "kubernetes.io/description"


def cronjobs(documents: Iterable[Original], *, owner: str = "") -> Import:
    """All CronJobs of some documents, those in lists included, as manifests; never raises for bad input."""
    jobs: list[Carried] = []
    losses: list[Loss] = []
    for document in documents:
        for value, loc in _objects(document.value, ()):
            try:
                jobs.append(_job(document, value, loc, owner))
            except Misfit as misfit:
                why = f"it must be {misfit.expected}; this object is left behind"
                losses.append(_loss(document, Gap(loc=misfit.loc, advice=why)))
    return Import(jobs=tuple(jobs), losses=tuple(losses))


def _objects(value: Any, loc: Loc) -> Iterator[tuple[Any, Loc]]:
    """A document, or what the list of ``kubectl get`` holds."""
    items = value.get("items") if isinstance(value, Mapping) and str(value.get("kind", "")).endswith("List") else None
    if not isinstance(items, list):
        yield value, loc
        return
    for number, item in enumerate(items):
        yield from _objects(item, (*loc, "items", number))


def _job(document: Original, value: Any, loc: Loc, owner: str) -> Carried:
    whole = Fields(value, loc)
    if (kind := whole.text("kind")) != "CronJob":
        raise Misfit((*loc, "kind"), f"CronJob, not {kind[:60]}" if kind else "CronJob, and it is missing")
    whole.ignore("apiVersion", "status")
    name = _identity(whole.mapping("metadata"))
    spec = whole.mapping("spec")
    job = spec.mapping("jobTemplate").mapping("spec")
    pod = job.mapping("template").mapping("spec")
    containers = pod.mappings("containers")
    if not containers:
        raise Misfit((*pod.loc, "containers"), "given")
    _ignore_defaults(spec, job, pod)
    found = program(containers[0])
    policy, lessened = cronjob_policy(spec, job, pod)
    schedule = kubernetes_schedule(spec.text("schedule"), spec.text("timeZone"))
    manifest = {
        **name,
        "job_type": "command",
        "owner": owner,
        "schedule": schedule,
        "parameters": found.parameters,
        **_suspension(spec),
        "policy": policy,
    }
    further = [Gap(loc=c.loc, advice="a run is one program: import it as a job of its own") for c in containers[1:]]
    unread = [Gap(loc=place, advice=_why(place)) for place in whole.unread() if not _within(place, further)]
    gaps = [*found.gaps, *_phase(spec, schedule), *lessened, *further, *unread]
    return Carried(
        document=manifest,
        line=document.line_of((*loc, "kind")),
        losses=tuple(_loss(document, gap) for gap in gaps),
    )


def _identity(metadata: Fields) -> dict[str, Any]:
    metadata.ignore(*_OF_THE_CLUSTER)
    annotations = metadata.mapping("annotations")
    annotations.ignore(_LAST_APPLIED)
    name = metadata.text("name") or metadata.text("generateName")
    if not name:
        raise Misfit((*metadata.loc, "name"), "given")
    return {
        "job_id": as_job_id(name),
        "description": annotations.text(_DESCRIPTION),
        "labels": metadata.mapping("labels").texts(),
    }


def _suspension(spec: Fields) -> dict[str, Any]:
    if not spec.flag("suspend"):
        return {}
    return {"suspend": True, "suspend_reason": "The CronJob was suspended when it was imported."}


def _phase(spec: Fields, schedule: Mapping[str, Any]) -> Iterator[Gap]:
    if schedule["trigger"] == "interval":
        yield Gap(loc=(*spec.loc, "schedule"), advice="the pace is kept, but it is counted from the Unix epoch")


def _ignore_defaults(spec: Fields, job: Fields, pod: Fields) -> None:
    """What the cluster fills in, and restartPolicy, since a retry is a new run here in any case."""
    spec.ignore_default(successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    job.ignore_default(completions=1, parallelism=1, completionMode="NonIndexed", suspend=False, manualSelector=False)
    pod.ignore("restartPolicy")
    pod.ignore_default(dnsPolicy="ClusterFirst", schedulerName="default-scheduler", terminationGracePeriodSeconds=30)


def _within(place: Loc, gaps: Iterable[Gap]) -> bool:
    return any(place[: len(gap.loc)] == gap.loc for gap in gaps)


def _why(place: Loc) -> str:
    return next((_WHY[part] for part in reversed(place) if part in _WHY), _NO_COUNTERPART)


def _loss(document: Original, gap: Gap) -> Loss:
    return Loss(line=document.line_of(gap.loc), what=dotted(gap.loc) or "the document", why=gap.advice)
