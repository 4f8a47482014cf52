"""Secrets out of everything that leaves a run, by value, in every form they are likely to take."""

from engine.io.redaction.redactor import Redactor
from engine.io.redaction.stream import RedactedStream

__all__ = ["RedactedStream", "Redactor"]
