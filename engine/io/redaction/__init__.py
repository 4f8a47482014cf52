"""Secrets out of everything that leaves a run, by value, in every form they are likely to take."""

from engine.io.redaction.redactor import Redactor
from engine.io.redaction.stream import RedactedStream
from engine.io.redaction.touched import touched

__all__ = ["RedactedStream", "Redactor", "touched"]
