"""What goes into a journal, with every secret masked: also what people type, which nobody else looks at.

Rules:

1. All text of a record is searched but for what holds the run together: names of steps, operations and
   questions, outcomes, digests. Those come from the plan, which was searched before the run began.
2. The plan of `started` is left as it is: a masked one would be another plan.
3. Of facts and answered values the touched paths are noted in the record: they may be shown, never used.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.io.redaction.redactor import Redactor
from engine.io.redaction.touched import touched
from engine.kinds.values import Json

_WHOLE = frozenset({"started", "policy-read"})
_NAMES = frozenset(
    {
        *("operation", "step", "item", "prompt", "scope", "timer", "key", "channel"),
        *("digest", "digests", "proof", "due", "at"),
        *("what", "kind", "effect", "change", "outcome", "choice", "end", "severity", "role", "undoes"),
    }
)
_STEPS = frozenset({"settled", "jumped"})
"""Records whose `target` is a step; of an operation it is an address."""
_NOTED: Mapping[str, str] = {"ended": "facts", "answered": "values"}


def masked(redactor: Redactor, kind: str, data: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the data of a record with every secret masked; the same object if there was none."""
    if kind in _WHOLE:
        return data
    clean = {
        name: value if name in _NAMES or (name == "target" and kind in _STEPS) else _masked(redactor, value)
        for name, value in data.items()
    }
    changed = [name for name in data if clean[name] is not data[name]]
    if not changed:
        return data
    noted = _NOTED.get(kind, "")
    if noted in changed:
        known = data.get("redacted")
        paths = dict.fromkeys(
            (*(known if isinstance(known, list) else ()), *touched(data[noted], clean[noted]))
        )
        clean["redacted"] = list(paths)
    return clean


def _masked(redactor: Redactor, value: Json) -> Json:
    clean = redactor.data(value)
    return value if next(touched(value, clean), None) is None else clean
