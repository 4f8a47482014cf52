"""The guards of a catalogue in words: what decides, what is reached, how much, who must agree."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.catalogue import Catalogue
from engine.model.guards import APPROVE_WITHIN, START_WITHIN, Rule
from engine.views.docs_page import Note

_CONSENT = {
    "none": "nobody is asked",
    "confirm": "one keypress of a role that may do it alone, else another person's approval",
    "refuse": "refused",
}


def guard_list(catalogue: Catalogue) -> tuple[Note, ...]:
    """Return every guard in the order in which they decide; nothing where the catalogue says nothing."""
    return tuple(_notes(catalogue))


def _notes(catalogue: Catalogue) -> Iterator[Note]:
    for number, rule in enumerate(catalogue.policy, 1):
        yield Note(label=f"Rule {number}", text=_rule(rule))
    for name, window in catalogue.windows.items():
        hours = f"{', '.join(window.days)} {window.start} to {window.end} {window.zone}"
        yield Note(label=f"Window {name}", text=hours)
    guards = catalogue.guards
    if guards.access.hosts:
        yield Note(label="Hosts that may be reached", text=", ".join(guards.access.hosts))
    if guards.access.commands:
        listed = [
            f"{one.run} ({', '.join(one.sub)})" if one.sub else one.run for one in guards.access.commands
        ]
        shell = "and lines for the shell" if guards.access.shell else "never a line for the shell"
        yield Note(label="Programs that may be started", text=f"{', '.join(listed)}; {shell}")
    if catalogue.policy or guards.access.hosts:
        limits = guards.limits
        text = f"{limits.changes} changes, {limits.same_change} of one operation, {limits.messages} messages"
        yield Note(label="At most in one run", text=text)
    for deviation in guards.deviations:
        where = f" in {', '.join(deviation.environments)}" if deviation.environments else ""
        phases = f" while {', '.join(deviation.phases)}" if deviation.phases else ""
        text = f"{', '.join(deviation.of)}{phases}{where}: {deviation.role or 'another person'} must agree"
        yield Note(label="Second person", text=text + (f" ({deviation.why})" if deviation.why else ""))
    for name in catalogue.precautions:
        yield Note(label="Looked for before the first change", text=name)


def _rule(rule: Rule) -> str:
    about = [*rule.effects, *rule.operations]
    what = ", ".join(about) if about else "anything"
    where = f" in {', '.join(rule.environments)}" if rule.environments else ""
    return f"{what}{where}: {_decides(rule)}" + (f" ({rule.why})" if rule.why else "")


def _decides(rule: Rule) -> str:
    hours = f", only in the window {rule.window}" if rule.window else ""
    if rule.consent != "approve":
        return _CONSENT[rule.consent] + hours
    who = f"the {rule.role}" if rule.role else "a role that approves it"
    number = f"{rule.quorum} approvals of" if rule.quorum > 1 else "the approval of"
    how = {"claimed": "", "relayed": ", by a one-time code", "proved": ", by a signature"}[rule.identity]
    times = ""
    if (rule.approve_within, rule.start_within) != (APPROVE_WITHIN, START_WITHIN):
        times = f", given within {rule.approve_within}, used within {rule.start_within}"
    glass = f"; break-glass pages the {rule.break_glass}" if rule.break_glass else ""
    return f"{number} {who}{how}{times}{hours}{glass}"
