"""Log groups, alarms, dashboards and saved queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudwatch.models import cloudwatch_backends

from local.aws.environment import ACCOUNT, REGION
from local.aws.intrinsics import as_text
from local.aws.resources.registry import Made, call, makes, updates

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New


@makes("AWS::Logs::LogGroup")
def log_group(new: New) -> Made:
    """Create a log group with its retention; encryption is recorded but not performed."""
    new.pass_over(["Tags"])
    name, days = new.take("LogGroupName", new.name), new.take("RetentionInDays", None)
    call("logs", "create_log_group", logGroupName=name, kmsKeyId=new.take("KmsKeyId", None))
    if days is not None:
        call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)
    return Made(name, {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"})


@updates("AWS::Logs::LogGroup")
def updated_log_group(new: New, existing: Resource) -> Made:
    """Change the retention of a log group, or replace it by one of another name."""
    if new.properties.get("LogGroupName", new.name) != existing.ref:
        if not new.retains:
            call("logs", "delete_log_group", logGroupName=existing.ref)
        return log_group(new)
    new.pass_over(["KmsKeyId", "Tags", "LogGroupName"])
    days = new.take("RetentionInDays", None)
    if days is None:
        call("logs", "delete_retention_policy", logGroupName=existing.ref)
    else:
        call("logs", "put_retention_policy", logGroupName=existing.ref, retentionInDays=days)
    return Made(existing.ref, existing.attributes)


@makes("AWS::CloudWatch::Alarm")
def alarm(new: New) -> Made:
    """Create an alarm."""
    name = new.take("AlarmName", new.name)
    call("cloudwatch", "put_metric_alarm", AlarmName=name, **new.rest())
    return Made(name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"})


@updates("AWS::CloudWatch::Alarm")
def updated_alarm(new: New, existing: Resource) -> Made:
    """Change an alarm, which its API does by its name."""
    alarm(new)
    return Made(existing.ref, existing.attributes)


@makes("AWS::CloudWatch::CompositeAlarm")
def composite_alarm(new: New) -> Made:
    """Create an alarm on other alarms; moto stores it, but has no operation that creates it."""
    name = new.take("AlarmName", new.name)
    no_metric: Any = None
    cloudwatch_backends[ACCOUNT][REGION].put_metric_alarm(
        name=name,
        namespace=no_metric,
        metric_name=no_metric,
        comparison_operator=no_metric,
        evaluation_periods=no_metric,
        period=no_metric,
        threshold=no_metric,
        statistic=no_metric,
        description=new.take("AlarmDescription", ""),
        dimensions=[],
        alarm_actions=new.take("AlarmActions", []),
        ok_actions=new.take("OKActions", []),
        rule=new.take("AlarmRule"),
    )
    return Made(name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"})


@updates("AWS::CloudWatch::CompositeAlarm")
def updated_composite_alarm(new: New, existing: Resource) -> Made:
    """Change an alarm on other alarms."""
    composite_alarm(new)
    return Made(existing.ref, existing.attributes)


@makes("AWS::Logs::QueryDefinition")
def query_definition(new: New) -> Made:
    """Keep a saved query of Logs Insights with the deployment: moto has no such operation."""
    new.pass_over(["Name", "QueryString", "LogGroupNames"])
    return Made(new.name)


@updates("AWS::Logs::QueryDefinition")
def updated_query_definition(new: New, existing: Resource) -> Made:
    """Keep the changed query."""
    query_definition(new)
    return Made(existing.ref)


@makes("AWS::CloudWatch::Dashboard")
def dashboard(new: New) -> Made:
    """Create a dashboard."""
    name, body = new.take("DashboardName", new.name), as_text(new.take("DashboardBody"))
    call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=body)
    return Made(name)


@updates("AWS::CloudWatch::Dashboard")
def updated_dashboard(new: New, existing: Resource) -> Made:
    """Change a dashboard, which its API does by its name."""
    dashboard(new)
    return Made(existing.ref)
