"""The alerts and the scrape that people copy: valid, about metrics that exist, and firing when they should."""

import re
from pathlib import Path
from typing import Any

import yaml
from promtool import promtool

from tasks_service.control.metric_table import METRICS
from tasks_service.core.metric import Kind

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
ALERTS = FOLDER / "alerts.yaml"
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_the_rules_and_the_scrape_are_valid() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", ALERTS)
    promtool("check", "config", "--syntax-only", FOLDER / "prometheus.yaml")


def test_every_alert_fires_where_it_should_and_none_where_all_is_well() -> None:
    fired = Path(__file__).with_name("alerts_fire.yaml")

    promtool("test", "rules", fired)
    assert set(re.findall(r'\{alertname="(\w+)"\}', fired.read_text("utf-8"))) == {rule["alert"] for rule in rules()}


def test_the_alerts_look_only_at_metrics_and_labels_that_exist() -> None:
    names = {name: metric for metric in METRICS for name in _scraped(metric.name, metric.kind)}
    used = [use for rule in rules() for use in re.findall(r"\b((?:tasks|process)_\w+)(?:\{(.*?)\})?", rule["expr"])]

    assert len(used) > 10
    for name, matchers in used:
        labels = set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers)) - {"le"}
        assert labels <= set(names[name].labels), name


def _scraped(name: str, kind: Kind) -> list[str]:
    return [f"{name}_{part}" for part in ("bucket", "sum", "count")] if kind is Kind.HISTOGRAM else [name]


def test_every_alert_is_explained() -> None:
    assert re.findall(r"^\| `(\w+)` \| \S", PAGE.partition("## Alerts")[2], flags=re.MULTILINE) == [
        rule["alert"] for rule in rules()
    ]
