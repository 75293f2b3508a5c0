"""``tasks import cronjob``: Kubernetes CronJobs as manifests, and a list of what only a cluster has."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import tasks

WHOLE = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly-report
  namespace: reports
  labels: {app: reports}
  annotations: {kubernetes.io/description: Sends the report.}
  uid: 6f2e725e
spec:
  schedule: "30 2 * * 1-5"
  timeZone: Europe/Berlin
  suspend: true
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 5400
      template:
        spec:
          restartPolicy: OnFailure
          serviceAccountName: reporter
          containers:
            - name: report
              image: images.example.org/report:1
              command: [/bin/report]
              args: [--to, $(TO), $$(TO)]
              workingDir: /srv
              env:
                - {name: TO, value: ops}
                - name: PASSWORD
                  valueFrom: {secretKeyRef: {name: report-db, key: password}}
                - {name: DATABASE, value: "postgres://me:$(PASSWORD)@db/reports"}
              volumeMounts: [{name: data, mountPath: /srv}]
          volumes: [{name: data, emptyDir: {}}]
status: {lastScheduleTime: "2026-01-01T00:00:00Z"}
"""
POD = "containers: [{image: a, command: [/bin/true]}]"


def minimal(spec: str = "", pod: str = POD, name: str = "a", job: str = "") -> str:
    template = f"jobTemplate: {{spec: {{{job}template: {{spec: {{{pod}}}}}}}}}"
    return f'kind: CronJob\nmetadata: {{name: {name}}}\nspec: {{schedule: "@daily", {spec}{template}}}\n'


def imported(text: str, folder: Path) -> list[dict[str, Any]]:
    (folder / "cronjob.yaml").write_text(text)
    return list(yaml.safe_load_all(tasks("import", "cronjob", "cronjob.yaml", cwd=folder).stdout))


def left_behind(text: str, folder: Path) -> list[str]:
    (folder / "cronjob.yaml").write_text(text)
    told = tasks("import", "cronjob", "cronjob.yaml", cwd=folder).stderr.splitlines()
    return [line.removeprefix("left behind: cronjob.yaml, ") for line in told if line.startswith("left behind: ")]


def test_what_a_manifest_can_say_is_carried_over(tmp_path: Path) -> None:
    [job] = imported(WHOLE, tmp_path)

    assert job == {
        "job_id": "nightly-report",
        "job_type": "command",
        "description": "Sends the report.",
        "labels": {"app": "reports"},
        "schedule": {
            "trigger": "cron",
            "expression": "30 2 * * 1-5",
            "timezone": "Europe/Berlin",
            "dst": {"gap": "skip", "fold": "both"},
        },
        "parameters": {
            "argv": ["/bin/report", "--to", "ops", "$(TO)"],
            "working_directory": "/srv",
            "env": {
                "TO": "ops",
                "PASSWORD": "${TASKS_SECRET_REPORT_DB_PASSWORD}",
                "DATABASE": "postgres://me:${TASKS_SECRET_REPORT_DB_PASSWORD}@db/reports",
            },
        },
        "suspend": True,
        "suspend_reason": "The CronJob was suspended when it was imported.",
        "policy": {
            "timeout": "1h30m",
            "retry": {"attempts": 2, "delay": "10s", "max_delay": "6m"},
            "catch_up": {"deadline": "10m"},
            "resources": {"cpu": "1d"},
        },
    }


def test_everything_else_is_named_with_its_line_and_path(tmp_path: Path) -> None:
    pod = "spec.jobTemplate.spec.template.spec"
    told = left_behind(WHOLE, tmp_path)

    assert [line.split(": ")[:2] for line in told] == [
        ["line 5", "metadata.namespace"],
        ["line 22", f"{pod}.serviceAccountName"],
        ["line 25", f"{pod}.containers[0].image"],
        ["line 32", f"{pod}.containers[0].env[1].valueFrom.secretKeyRef"],
        ["line 34", f"{pod}.containers[0].volumeMounts"],
        ["line 35", f"{pod}.volumes"],
    ]
    assert told[3].endswith("give the service TASKS_SECRET_REPORT_DB_PASSWORD: password of the Secret report-db")
    done = tasks("import", "cronjob", "cronjob.yaml", cwd=tmp_path)
    assert done.exit_code == 1
    assert all(f"# - {line}\n" in done.stdout for line in told)
    assert "# Imported from line 2 of the CronJob file cronjob.yaml.\n" in done.stdout


@pytest.mark.parametrize(
    ("spec", "job", "policy"),
    [
        ("", "", {"overlap": "allow", "retry": {"attempts": 6, "delay": "10s", "max_delay": "6m"}, "timeout": "1d"}),
        ("concurrencyPolicy: Replace, ", "backoffLimit: 0, ", {"overlap": "cancel_previous"}),
        ("concurrencyPolicy: Forbid, ", "", {"overlap": None}),
        ("", "backoffLimit: 99, ", {"retry": {"attempts": 20, "delay": "10s", "max_delay": "6m"}}),
        ("startingDeadlineSeconds: 90, ", "activeDeadlineSeconds: 90, ", {"timeout": "1m30s"}),
    ],
)
def test_the_policy_is_that_of_kubernetes(spec: str, job: str, policy: dict[str, Any], tmp_path: Path) -> None:
    [found] = imported(minimal(spec, job=job), tmp_path)

    assert {key: found["policy"].get(key) for key in policy} == policy


def test_what_is_lessened_or_counted_otherwise_is_said(tmp_path: Path) -> None:
    told = left_behind(minimal(job="backoffLimit: 99, ").replace("@daily", "@every 1h30m"), tmp_path)

    assert [line for line in told if "backoffLimit: a run is tried again at most 20 times" in line]
    assert [line for line in told if "spec.schedule: the pace is kept, but it is counted from the Unix epoch" in line]


def test_the_imported_manifests_are_valid(tmp_path: Path) -> None:
    text = "---\n".join([WHOLE, minimal(), minimal("suspend: false, ", name="b.c")])
    (tmp_path / "cronjob.yaml").write_text(text)

    done = tasks("import", "cronjob", "cronjob.yaml", "--out", "manifests", "--owner", "ops", cwd=tmp_path)

    written = [line for line in done.stderr.splitlines() if line.startswith("wrote ")]
    assert written == [f"wrote manifests/{name}.yaml" for name in ("nightly-report", "a", "b.c")]
    assert tasks("validate", cwd=tmp_path).exit_code == 0
    assert "owner: ops\n" in (tmp_path / "manifests/a.yaml").read_text()


def test_lists_and_several_documents_are_read_and_other_kinds_named(tmp_path: Path) -> None:
    one = "\n".join(f"  {line}" for line in minimal(name="listed").splitlines())[2:]
    text = f"---\n{minimal(name='first')}---\nkind: List\nitems:\n- {one}\n- kind: Deployment\n---\n# nothing\n---\n7\n"

    assert [job["job_id"] for job in imported(text, tmp_path)] == ["first", "listed"]
    told = left_behind(text, tmp_path)
    assert [line for line in told if "image" not in line] == [
        "line 11: items[1].kind: it must be CronJob, not Deployment; this object is left behind",
        "line 15: the document: it must be a mapping; this object is left behind",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (minimal(pod="containers: [{image: a, args: [x]}]"), "only the image knows which program it runs"),
        (minimal(pod="containers: []"), "spec.containers: it must be given"),
        (minimal("suspend: yes, "), "spec.suspend: it must be true or false"),
        (minimal("startingDeadlineSeconds: -1, "), "startingDeadlineSeconds: it must be a whole number from 0"),
        (minimal("startingDeadlineSeconds: true, "), "startingDeadlineSeconds: it must be a whole number"),
        (
            minimal("startingDeadlineSeconds: 99999999999999999, "),
            "the job a: policy.catch_up.deadline: '99999999999999999s' is longer",
        ),
        (minimal("concurrencyPolicy: Never, "), "concurrencyPolicy: it must be Allow, Forbid or Replace"),
        (minimal("timeZone: Mars, "), "'Mars' is no IANA time zone"),
        (minimal(name="[]"), "metadata.name: it must be text"),
        (minimal(name="''"), "metadata.name: it must be given"),
        ("kind: CronJob\nmetadata: {name: a}\nspec: 5\n", "spec: it must be a mapping"),
        ("kind: [CronJob]\n", "kind: it must be text"),
        ("name: x\n", "kind: it must be CronJob, and it is missing"),
        (minimal(pod="containers: [{command: [a, 5]}]"), "containers[0].command[1]: it must be text"),
        (minimal().replace("@daily", "0 5 * *"), "has 4 fields; crontab has five"),
        (minimal().replace("@daily", "@every soon"), "'@every soon' is no nickname"),
    ],
)
def test_an_object_that_cannot_be_carried_over_is_named_and_the_others_are_not_lost(
    text: str, told: str, tmp_path: Path
) -> None:
    both = f"{text}---\n{minimal(name='good')}"

    assert [job["job_id"] for job in imported(both, tmp_path)] == ["good"]
    assert [line for line in left_behind(both, tmp_path) if told in line]


def test_a_secret_on_the_command_line_is_not_put_there(tmp_path: Path) -> None:
    secret = "{name: P, valueFrom: {secretKeyRef: {name: s, key: k}}}"
    text = minimal(pod=f"containers: [{{command: [/bin/x, --password=$(P)], env: [{secret}]}}]")

    [job] = imported(text, tmp_path)

    assert job["parameters"]["argv"] == ["/bin/x", "--password=$(P)"]
    assert [line for line in left_behind(text, tmp_path) if "command[1]: P holds a secret" in line]


def test_a_value_that_only_the_cluster_knows_is_named(tmp_path: Path) -> None:
    source = "{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}"
    text = minimal(pod=f"containers: [{{command: [x], env: [{source}]}}, {{image: y}}], initContainers: [{{image: z}}]")

    [job] = imported(text, tmp_path)

    assert "env" not in job["parameters"]
    told = "\n".join(left_behind(text, tmp_path))
    assert "containers[0].env[0].valueFrom.fieldRef: " in told
    assert "containers[1]: a run is one program" in told
    assert "initContainers: a run is one program" in told


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kind: [", "JM001"),
        (
            "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(
                f"{'abcdefgh'[n + 1]}: &{'abcdefgh'[n + 1]} [{', '.join(['*' + 'abcdefgh'[n]] * 9)}]\n"
                for n in range(7)
            ),
            "JM003",
        ),
        ("[" * 5000, "JM003"),
        ("kind: CronJob\nkind: CronJob\n", "JM002"),
        ("kind: !!python/object/apply:os.system [x]\n", "JM001"),
        ("base: &b {kind: CronJob}\n<<: *b\n", "merge keys (<<) are not allowed"),
        ("a: \x07\n", "the control character U+0007"),
    ],
)
def test_yaml_that_is_broken_or_a_bomb_is_refused_with_its_place(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "cronjob.yaml").write_text(text)

    done = tasks("import", "cronjob", "cronjob.yaml", cwd=tmp_path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("tasks: cronjob.yaml:")
    assert sentence in done.stderr


def test_a_program_that_is_carried_over_gets_its_words_and_its_environment(tmp_path: Path) -> None:
    [job] = imported(
        minimal(pod="containers: [{command: [sh, -c], args: ['echo \"$A\" $$'], env: [{name: A, value: '1  $(B)'}]}]"),
        tmp_path,
    )

    parameters = job["parameters"]
    assert parameters["argv"] == ["sh", "-c", 'echo "$A" $']
    done = subprocess.run(parameters["argv"], env=parameters["env"], capture_output=True, text=True)
    assert done.stdout == "1  $(B) $\n"
