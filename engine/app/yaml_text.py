"""YAML that is looked at during a run: read as strictly as the files of a workspace are."""

from __future__ import annotations

from engine.kinds.values import Json


def data(body: bytes) -> Json:
    """Return the data of a YAML text; raises ValueError with the first reason why not."""
    from engine.model import source  # YAML is slow to import, and few runs look at any

    read = source.read(body, "file")
    if isinstance(read, tuple):
        raise ValueError(read[0].finding.message if read else "it cannot be read")
    return read.data
