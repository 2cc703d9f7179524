"""CloudWatch's metrics and alarms: recorded from what happens, computed as AWS documents."""
