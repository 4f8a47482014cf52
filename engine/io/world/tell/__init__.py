"""Channels that reach people: PagerDuty, webhooks, Slack-compatible ones, e-mail, what apprise knows."""

from engine.io.world.tell.channel import PAGERDUTY_URL, Channel
from engine.io.world.tell.channels import Channels
from engine.io.world.tell.outside import Apprise, Outside

__all__ = ["PAGERDUTY_URL", "Apprise", "Channel", "Channels", "Outside"]
