"""How long a runbook can take and what is proved of it, in words and as data.

Every number says that it is an upper bound: a reader who takes one for an estimate plans wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.kinds.values import Json
from engine.model.proof.bound import Bound, Bounds, Open
from engine.model.proof.proved import Proved, Proven

NONE = "no upper bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWait:
    """One reason why there may be no bound, and the steps it holds for."""

    why: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What is proved of a runbook: rows of until when, the bound, and the bound besides open questions."""

    rows: tuple[tuple[str, str, str], ...]
    open: tuple[OpenWait, ...] = ()
    circles: tuple[str, ...] = ()
    assertions: tuple[Proved, ...] = ()
    bounds: Bounds


def proofs(proven: Proven) -> Proofs:
    """Return what is proved of a runbook, for readers."""
    bounds = proven.bounds
    parts = {
        "From the start to an end": bounds.resolution,
        "From the start until a person is asked or paged": bounds.person,
        **{f"In {phase}, all visits together": one for phase, one in bounds.phases.items()},
    }
    return Proofs(
        rows=tuple((until, *_said(bound)) for until, bound in parts.items()),
        open=_by_reason(bounds.resolution.open),
        circles=bounds.circles,
        assertions=proven.assertions,
        bounds=bounds,
    )


def plain(proved: Proofs) -> Json:
    """Return it as data, durations as seconds."""
    bounds = proved.bounds
    return {
        "to_an_end": _plain(bounds.resolution),
        "to_a_person": _plain(bounds.person),
        "in_phase": {phase: _plain(one) for phase, one in bounds.phases.items()},
        "slowest_path": list(bounds.slowest),
        "every_path_ends": True,  # once its open waits are over (tests/model/proof/test_sound.py)
        "cut_by_the_engine": list(bounds.circles),
        "assertions": [
            {"text": one.text, "holds": one.holds, "why": one.why, "path": list(one.path)}
            for one in proved.assertions
        ],
    }


def _said(bound: Bound) -> tuple[str, str]:
    if bound.at_most is None:
        return NONE, f"at most {bound.besides}"
    return f"at most {bound.at_most}", ""


def _plain(bound: Bound) -> Json:
    return {
        "at_most_seconds": None if bound.at_most is None else float(bound.at_most),
        "besides_open_waits_at_most_seconds": float(bound.besides),
        "open_waits": [{"step": one.step, "why": one.why} for one in bound.open],
    }


def _by_reason(waits: tuple[Open, ...]) -> tuple[OpenWait, ...]:
    reasons = dict.fromkeys(one.why for one in waits)
    return tuple(
        OpenWait(why=why, steps=tuple(one.step for one in waits if one.why == why)) for why in reasons
    )


__all__ = ["NONE", "OpenWait", "Proofs", "plain", "proofs"]
