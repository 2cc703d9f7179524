"""EventBridge Scheduler's schedules: they exist, but nothing here waits for their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.resources.registry import Made, call, makes

if TYPE_CHECKING:
    from local.aws.resources.registry import New


@makes("AWS::Scheduler::Schedule")
def schedule(new: New) -> Made:
    """A schedule; what it would start has to be invoked by whoever wants it."""
    name = new.take("Name", new.name)
    arn = call("scheduler", "create_schedule", Name=name, **new.rest())["ScheduleArn"]
    return Made(name, {"Arn": arn})
