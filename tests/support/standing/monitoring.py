"""What is measured, when that is an alarm, and who hears of it.

Names of metrics and of what they are of:
https://cloud.google.com/monitoring/api/metrics_gcp
https://cloud.google.com/monitoring/api/resources
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.standing.delivery import seconds, within
from tests.support.standing.made import Made, Standing
from tests.support.terraform import ROOT

_RUN: Final = "run.googleapis.com"
_SUBSCRIPTION: Final = "pubsub.googleapis.com/subscription"
_CHECK: Final = "monitoring.googleapis.com/uptime_check"
_LOG: Final = "logging.googleapis.com/user"
METRICS: Final[Mapping[str, str]] = {  # metric → what it is of
    f"{_RUN}/request_count": "cloud_run_revision",
    f"{_RUN}/request_latencies": "cloud_run_revision",
    f"{_RUN}/container/instance_count": "cloud_run_revision",
    f"{_SUBSCRIPTION}/num_undelivered_messages": "pubsub_subscription",
    f"{_SUBSCRIPTION}/oldest_unacked_message_age": "pubsub_subscription",
    f"{_CHECK}/check_passed": "uptime_url",
}
# Alarm → the metric and how its series become a number, above what, and for how long at most: less
# is noise, more comes too late.
ALARMS: Final[Mapping[str, tuple[str, str, tuple[float, float], float]]] = {
    "missed_cycles": (f"{_LOG}/nexus/slots", "SUM SUM", (0, 0), 600),
    "dead_letters": (f"{_SUBSCRIPTION}/num_undelivered_messages", "MAX", (0, 0), 300),
    "oldest_unacked": (f"{_SUBSCRIPTION}/oldest_unacked_message_age", "MAX", (60, 900), 600),
    "server_errors": (f"{_RUN}/request_count", "RATE SUM", (0.005, 0.05), 600),
    "latency": (f"{_RUN}/request_latencies", "PERCENTILE_95 MAX", (1000, 10_000), 600),
    "budget_refusals": (f"{_LOG}/nexus/budget_refusals", "SUM SUM", (10, 1000), 600),
    "uptime": (f"{_CHECK}/check_passed", "NEXT_OLDER COUNT_FALSE", (1, 1), 300),
}
_GIVEN: Final = {"me@example.com", "you@example.com"}  # in tests/standing.tftest.hcl
_BUDGET: Final = "70"  # as well
_MINUTES_S: Final = (60, 600)
_NAMED: Final = re.compile(r'([a-z_.]+) = "([^"]*)"')


def alarms_that_are_silent(standing: Standing) -> Iterator[str]:
    """Every alarm there has to be tells everybody who is named, and names a part of the page."""
    everybody = {each["name"] for each in standing.all("google_monitoring_notification_channel")}
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf8")
    channels = standing.all("google_monitoring_notification_channel")
    if {(e["type"], e["labels"].get("email_address")) for e in channels} != {
        ("email", address) for address in _GIVEN
    }:
        yield "somebody who is named gets no mail"
    found = {each.name: each for each in standing.all("google_monitoring_alert_policy")}
    yield from (f"{name} is missing" for name in sorted(ALARMS.keys() - found.keys()))
    for name, each in found.items():
        if not everybody or set(each["notification_channels"]) != everybody:
            yield f"{name} is not told to everybody"
        text = str(each.block("documentation").get("content"))
        heading = re.search(r"docs/operate\.md, `(.+)`", text)
        if not heading or f"\n### {heading[1]}\n" not in page:
            yield f"{name} does not say what to do"
        if each["combiner"] != "OR":
            yield f"{name} waits until all of it is wrong"


def alarms_of_something_else(standing: Standing) -> Iterator[str]:
    """Each alarm looks at its metric, with a threshold that is neither noise nor never reached."""
    for name, condition in _conditions(standing):
        metric, number, bounds, most_s = ALARMS.get(name, ("", "", (0, 0), 0))
        asked = _asked(condition["filter"])
        if asked.get("metric.type") != metric:
            yield f"{name} looks at {asked.get('metric.type')}"
        (how,) = condition["aggregations"]
        reducer = how["cross_series_reducer"]
        found = f"{how['per_series_aligner']} {reducer if reducer.startswith('REDUCE_') else ''}"
        if re.sub("ALIGN_|REDUCE_", "", found).strip() != number:
            yield f"{name} is a number of another kind: {found}"
        if not within(seconds(how["alignment_period"]), _MINUTES_S):
            yield f"{name} looks at {how['alignment_period']}"
        if not seconds(condition["duration"]) <= most_s:
            yield f"{name} comes after {condition['duration']}"
        if "threshold_value" in condition:
            if not within(condition["threshold_value"], bounds):
                yield f"{name}: a threshold of {condition['threshold_value']}"
            if condition["comparison"] != "COMPARISON_GT":
                yield f"{name} is turned around"


def metrics_that_do_not_exist(standing: Standing) -> Iterator[str]:
    """Filters name metrics that are there, each of what it is a metric of."""
    counted = {
        f"{_LOG}/{each['name']}": "cloud_run_revision"
        for each in standing.all("google_logging_metric")
    }
    known = {**METRICS, **counted}
    for where, text in _filters(standing):
        asked = _asked(text)
        metric = asked.get("metric.type", "")
        if metric not in known:
            yield f"{where}: no metric {metric}"
        elif asked.get("resource.type") != known[metric]:
            yield f"{where}: {metric} is not of a {asked.get('resource.type')}"
    for each in standing.all("google_logging_metric"):
        if _asked(each["filter"]).get("resource.type") != "cloud_run_revision":
            yield f"{each} counts the lines of something else"
        kind = each.block("metric_descriptor")
        if (kind.get("metric_kind"), kind.get("value_type")) != ("DELTA", "INT64"):
            yield f"{each} counts nothing"


def alarms_of_other_queues(standing: Standing) -> Iterator[str]:
    """Dead letters are counted where they wait, age where messages wait; each alarm can come.

    A message that is thrown away before it is old enough is never seen to be too old.
    """
    subscriptions = {e["name"]: e for e in standing.all("google_pubsub_subscription")}
    dead = {name for name, each in subscriptions.items() if not each["push_config"]}
    pushed = {
        name
        for name, each in subscriptions.items()
        if each["push_config"] and seconds(each["message_retention_duration"]) > 3600
    }
    for alarm, wanted in (("dead_letters", dead), ("oldest_unacked", pushed)):
        looked = {
            _asked(condition["filter"]).get("resource.labels.subscription_id")
            for name, condition in _conditions(standing)
            if name == alarm
        }
        if looked != wanted:
            yield f"{alarm} looks at {sorted(map(str, looked))}"


def errors_that_are_no_share(standing: Standing) -> Iterator[str]:
    """Errors are a share of all requests of the same service."""
    for name, each in _conditions(standing):
        if name == "server_errors":
            whole = _asked(each["denominator_filter"])
            if _asked(each["filter"]) != {**whole, "metric.labels.response_code_class": "5xx"}:
                yield "the share is not of errors"
            if each["aggregations"] != each["denominator_aggregations"]:
                yield "the parts of the share are of other times or services"
            elif each["aggregations"][0]["group_by_fields"] != ["resource.label.service_name"]:
                yield "one service's errors drown in the requests of another"


def pages_that_nobody_asks_for(standing: Standing) -> Iterator[str]:
    """The check asks for the health page as browsers do, and the alarm is of that check."""
    check = standing.one("google_monitoring_uptime_check_config")
    asked = check.block("http_check")
    if (asked.get("path"), asked.get("use_ssl"), asked.get("port")) != ("/health", True, 443):
        yield f"the check asks for {asked.get('path')}"
    host = {"project_id": "my-nexus", "host": "my-nexus.web.app"}
    if check["monitored_resource"] != [{"type": "uptime_url", "labels": host}]:
        yield "the check asks another host"
    if not asked.get("validate_ssl") or not seconds(check["timeout"]) < seconds(check["period"]):
        yield "the check is content with less"
    if not within(seconds(check["period"]), _MINUTES_S):
        yield "the check asks too seldom"
    for name, condition in _conditions(standing):
        checked = _asked(condition["filter"]).get("metric.labels.check_id")
        if name == "uptime" and checked != check["uptime_check_id"]:
            yield "the alarm is of another check"


def money_that_nobody_watches(standing: Standing) -> Iterator[str]:
    """The budget tells everybody who hears of alarms, before it is spent."""
    everybody = {each["name"] for each in standing.all("google_monitoring_notification_channel")}
    budgets = standing.all("google_billing_budget")
    if not budgets:
        yield "no budget"
    for each in budgets:
        if set(_told_of(each)) != everybody or not everybody:
            yield "the budget is told to nobody"
        told_at = sorted(rule["threshold_percent"] for rule in each["threshold_rules"])
        if not (told_at and told_at[0] < told_at[-1] == 1):
            yield f"the budget is told at {told_at}"
        if each.block("budget_filter").get("projects") != ["projects/123456789012"]:
            yield "the budget is of other projects"
        if each.block("amount", "specified_amount").get("units") != _BUDGET:
            yield "the budget is another sum"


def _told_of(budget: Made) -> list[str]:
    return list(budget.block("all_updates_rule").get("monitoring_notification_channels", []))


def _conditions(standing: Standing) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each alarm's name with what it looks for."""
    for policy in standing.all("google_monitoring_alert_policy"):
        for each in policy["conditions"]:
            found = [*each["condition_threshold"], *each["condition_absent"]]
            yield from ((policy.name, condition) for condition in found)


def _filters(standing: Standing) -> Iterator[tuple[str, str]]:
    for name, condition in _conditions(standing):
        yield name, condition["filter"]
    dashboard = json.loads(standing.one("google_monitoring_dashboard")["dashboard_json"])
    for widget in dashboard["gridLayout"]["widgets"]:
        for each in widget["xyChart"]["dataSets"]:
            query = each["timeSeriesQuery"]["timeSeriesFilter"]
            yield f"the chart {widget['title']}", query["filter"]


def _asked(text: str) -> dict[str, str]:
    """What a filter demands, by the name of the part."""
    return dict(_NAMED.findall(text))
