"""EventBridge Scheduler's schedules, which exist but never fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.resources.registry import Made, call, makes

if TYPE_CHECKING:
    from local.aws.resources.registry import New


@makes("AWS::Scheduler::Schedule")
def schedule(new: New) -> Made:
    """Create a schedule; its target has to be invoked by hand."""
    name = new.take("Name", new.name)
    arn = call("scheduler", "create_schedule", Name=name, **new.rest())["ScheduleArn"]
    return Made(name, {"Arn": arn})
