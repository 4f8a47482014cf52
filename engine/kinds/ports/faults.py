"""Why nothing came back: the exceptions every port may raise."""

from __future__ import annotations

from typing import Literal

NoAnswerReason = Literal["refused", "reset", "timeout", "dns", "tls", "garbled", "too-large", "redirects"]


class NoAnswer(Exception):
    """The target gave no (complete) answer; `seconds` is how long we tried.

    `retry_after` is how many seconds the target asked us to wait, where it said so.
    """

    def __init__(
        self, reason: NoAnswerReason, detail: str, seconds: float, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.reason: NoAnswerReason = reason
        self.detail = detail
        self.seconds = seconds
        self.retry_after = retry_after


class CannotLook(Exception):
    """We could not even ask: no credential, no client, refused by policy. Always *unknown*."""


class Offline(CannotLook):
    """This machine cannot reach anything just now: no route, no network, no socket left."""
