"""A question as a person sees it: what, about which changes, who may decide, until when."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.events import Prompted
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.kinds.steps.action import ActionStep
from engine.render.offered import offered
from engine.render.row import Row

SHORT = 12
"""Digits of a digest that are shown; an approval takes eight or more of them."""


DIGITS = 8
"""Digits of a digest below which two changes could be mistaken for each other."""


def answer_command(run: str, prompted: Prompted, choice: str, identity: str = "") -> str:
    """Return what is typed at another terminal to give an answer; `identity` is who must be named in it."""
    if prompted.kind == "approve":
        refuse = " --refuse" if choice == "no" else ""
        if prompted.detail.get("identity") == "proved" and not refuse:
            sign = "ssh-keygen -Y sign -n runbook-approval -f KEY ask.txt"
            return (
                f"runbook approve {run} --to-sign > ask.txt; {sign}; "
                f"runbook approve {run} --signature ask.txt.sig --as NAME:{prompted.role}"
            )
        if prompted.detail.get("identity") == "relayed" and not refuse:
            return f"runbook approve {run} --code CODE --as NAME:{prompted.role}"
        return f"runbook approve {run} --digest {prompted.digest[:SHORT]} --as NAME:{prompted.role}{refuse}"
    words = f"runbook answer --run {run} '{prompted.prompt}' {choice}"
    if prompted.kind == "look" and choice == "seen":
        facts = [name.removeprefix("fact:") for name in prompted.detail if name.startswith("fact:")]
        words += "".join(f" --value {name}=VALUE" for name in facts)
    return offered(words + (f" --digest {prompted.digest[:DIGITS]}" if prompted.digest else ""), identity)


def answer_rows(run: str, prompted: Prompted, identity: str = "") -> Iterator[Row]:
    """Yield a line to copy for every answer that can be given, each below what it means."""
    for option in prompted.options:
        if prompted.kind == "approve" and option.key not in ("yes", "no"):
            continue
        yield Row(name=option.key, text=option.label, place="under")
        yield Row(text=answer_command(run, prompted, option.key, identity), place="command")


def where(state: RunState) -> str:
    """Return the environment in capitals, with the mode where nothing is changed there."""
    plan = state.plan
    mode = {"observe": " OBSERVING", "dry-run": " DRY RUN"}.get(state.mode, "")
    return f"{plan.environment.upper() if plan else ''}{mode}"


def prompt_rows(prompted: Prompted, state: RunState) -> Iterator[Row]:
    """Tell a question; its options and keys are told by whoever takes the answer."""
    plan = state.plan
    if plan is None:
        return
    match prompted.kind:
        case "confirm":
            yield Row("YOUR CALL", f"{where(state)}   {prompted.text}", tone="call")
            yield from _changes(prompted, plan)
            yield Row(name="decides", text=_alone(plan, state, prompted), place="under")
            yield from _beside(prompted)
        case "approve":
            yield Row("APPROVAL", f"{where(state)}   {prompted.text}", tone="call")
            yield from _changes(prompted, plan)
            yield Row(name="decides", text=f"another person: {prompted.role}", place="under")
            yield from _beside(prompted)
            yield Row(name="there", text=answer_command(plan.run, prompted, "yes"), place="command")
        case "look":
            yield Row("CANNOT SEE", f"{prompted.text}", tone="unsure")
            for name in ("why", "link", "command"):
                if prompted.detail.get(name):
                    exact = name in ("link", "command")
                    yield Row(name=name, text=prompted.detail[name], place="command" if exact else "under")
            if not plan.real and plan.drills:
                yield Row(name="practice", text=_practice(plan.runbook), place="under")
        case "happened":
            yield Row("NOT SURE", prompted.text, tone="bad")
            for change in prompted.changes:
                yield Row(name="change", text=change, place="command")
            for name in ("why", "target"):
                if prompted.detail.get(name):
                    yield Row(name=name, text=prompted.detail[name], place="under")
        case "acknowledge":
            yield Row("WAITING", prompted.text, tone="call")
        case _:
            who = f"   the {prompted.role} decides" if prompted.role else ""
            yield Row("YOUR CALL", f"{where(state)}   {prompted.text}{who}", tone="call")
    if prompted.due is not None:
        yield Row(name="until", text=prompted.due.clock(), place="under")


_BESIDE = (
    "policy",
    "again",
    "in flight",
    "cannot see",
    "identity",
    "approvals",
    "approved by",
    "break-glass pages",
    "reason",
)
"""What stands beside a question about a change, most pressing first after the policy's own word."""


_PROOF = {
    "proved": "signed by the approver: --to-sign, then --signature FILE",
    "relayed": "a code on the approver's device, read back: --code CODE",
}


def _beside(prompted: Prompted) -> Iterator[Row]:
    for name in _BESIDE:
        text = prompted.detail.get(name, "")
        if name == "identity":
            name, text = "proof", _PROOF.get(text, "")
        if text:
            yield Row(name=name, text=text, place="under", tone="unsure" if name in _WARNS else "")


_WARNS = ("again", "in flight", "cannot see")


def _changes(prompted: Prompted, plan: Plan) -> Iterator[Row]:
    for change in prompted.changes:
        yield Row(name="change", text=change, place="command")
    effect = prompted.detail.get("effect", "")
    if effect:
        operation = prompted.detail.get("operation", "")
        yield Row(name="effect", text=f"{effect}{f' ({operation})' if operation else ''}", place="under")
    step = plan.steps.get(prompted.step)
    if step is not None and isinstance(step.step, ActionStep):
        action = step.step.action
        if action.undo is not None:
            back, undo = action.undo.title, action.undo.command()
            yield Row(name="back out", text=back or undo, place="under" if back else "command")
        else:
            yield Row(name="no undo", text=action.irreversible or "none was declared", place="under")
        watch = step.step.watch
        if watch is not None:
            what = watch.title or watch.name or watch.command()
            text = f"{what}: first, then every {step.step.watch_every}; a fail stops further changes"
            yield Row(name="watch", text=text, place="under")


def _alone(plan: Plan, state: RunState, prompted: Prompted) -> str:
    role = plan.roles.get(state.operator.role)
    level = f" ({role.level})" if role and role.level else ""
    return f"{state.operator.role or state.operator.name}{level} alone; one key is the record"


def _practice(runbook: str) -> str:
    """Say where a person looks in a drill: at what is broken, and not at the real thing."""
    return (
        "link and command lead to the real service, not to what is broken here. In another terminal: "
        f'eval "$(runbook sandbox env {runbook})", then type the command of this check from its page'
    )
