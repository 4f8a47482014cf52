"""How long a test waits for what must happen: a bound against hanging, which a slow machine does not reach."""

from __future__ import annotations

PATIENCE = 180.0
"""Seconds after which what was waited for hangs; nothing normal comes near it, on whatever machine."""
