"""Turning what a step wants into operations and prompts: resolved, named, digested.

An operation's name says where it belongs and is the idempotency key of its effect:
`step#visit.item@attempt`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.core.binding import bound_to, change_digest, digest_of
from engine.core.events import Asked, Prompted
from engine.core.lookup import lookup_in
from engine.core.memo import Memo
from engine.core.moves import Perform
from engine.core.prepared import Prepared
from engine.core.run_state import Change, RunState
from engine.kinds import codec
from engine.kinds.ports import CodeRequest, OneTimeCode, Signature
from engine.kinds.references import Unresolved, references, resolve
from engine.kinds.shell_text import resolve_use
from engine.kinds.step import Act, Question, Undoable
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Duration, Instant, Json
from engine.model.access import action_refused

T = TypeVar("T")


class CannotAsk(Exception):
    """A reference has no value, or the resolved value does not fit."""


def operation_name(step: str, visit: int, item: str, attempt: int) -> str:
    """Return the name of one operation."""
    return f"{step}#{visit}{'.' if item else ''}{item}@{attempt}"


def prompt_name(step: str, visit: int, item: str) -> str:
    """Return the name of one prompt."""
    return f"{step}#{visit}{'.' if item else ''}{item}"


def resolved(state: RunState, scope: str, kind: type[T], value: T, each: Json = None) -> T:
    """Return the use with all facts written in; raises CannotAsk.

    What came from outside must not name a secret that the author did not: the value would be sent.
    """
    written = codec.plain(value)
    try:
        data = resolve_use(written, lookup_in(state, scope, each))
        if _secrets(data) != _secrets(written):
            raise CannotAsk("a value from outside names a secret: not asked")
        return codec.decode(kind, data)
    except Unresolved as missing:
        raise CannotAsk(f"no value for {', '.join(missing.names)}") from None
    except ValueError as error:
        raise CannotAsk(str(error)) from None


def asked_check(
    state: RunState,
    scope: str,
    step: str,
    visit: int,
    item: str,
    attempt: int,
    now: Instant,
    check: CheckUse,
    each: Json = None,
    frozen: bool = False,
    look: bool = True,
) -> Perform:
    """Return the move that runs a check; raises CannotAsk. What is frozen was resolved before."""

    def made(bare: CheckUse) -> _Ready:
        return _Ready.made(bare if frozen else resolved(state, scope, CheckUse, bare, each))

    ready = _CHECKS.of(state, scope, check, each, made, frozen=frozen)
    use, args = ready.use, ready.args
    return Perform(
        Asked(
            operation=operation_name(step, visit, item, attempt),
            step=step,
            item=item,
            what="check",
            title=check.title or check.name or item or step,
            target=ready.target,
            args=args,
            digest=ready.digest,
            due=now.after(use.timeout),
            visit=visit,
            attempt=attempt,
            command=ready.command,
            retries=check.retry.times,
            pause=check.retry.after,
            look=look and check.look is not None,
        ),
        use,
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A check with its references resolved, and what follows from that alone."""

    use: CheckUse
    args: Json
    target: str
    digest: str
    command: str

    @classmethod
    def made(cls, use: CheckUse) -> _Ready:
        """Work out what a record says of a check."""
        args = codec.plain(use.kind)
        return cls(use, args, use.kind.target(), digest_of(args), use.command())


_CHECKS: Prepared[CheckUse, _Ready] = Prepared(lambda check: replace(check, look=None))


def asked_action(
    state: RunState, scope: str, step: str, visit: int, attempt: int, now: Instant, act: Act
) -> Perform:
    """Return the move that performs an action, with the arguments of its undo frozen."""
    use = _action(state, scope, act)
    args = codec.plain(use.kind)
    return Perform(
        Asked(
            operation=operation_name(step, visit, act.item, attempt),
            step=step,
            item=act.item,
            what="action",
            title=act.action.title or act.action.name or _step_title(state, step),
            target=use.kind.target(),
            args=args,
            digest=change_digest(state, scope, step, visit, act, use),
            due=now.after(use.timeout),
            effect=use.effect,
            change=use.operation,
            repeatable=use.repeatable or use.effect == "read",
            visit=visit,
            attempt=attempt,
            undo=None if use.undo is None else codec.plain(use.undo),
            irreversible=use.irreversible,
            undoes=act.undoes,
            command=use.command(),
        ),
        use,
    )


def _action(state: RunState, scope: str, act: Act) -> ActionUse:
    """Return the action with its references resolved, once: those of an undo were when it was frozen."""

    def made(bare: ActionUse) -> ActionUse:
        return bare if act.undoes else resolved(state, scope, ActionUse, bare, act.each)

    return _ACTIONS.of(state, scope, act.action, act.each, made, frozen=bool(act.undoes))


_ACTIONS: Prepared[ActionUse, ActionUse] = Prepared(lambda action: replace(action, reconcile=None))


def asked_proof(
    step: str, visit: int, item: str, attempt: int, now: Instant, proof: Signature | OneTimeCode
) -> Perform:
    """Return the move that holds a proof against what is known of its signer."""
    how = "signature" if isinstance(proof, Signature) else "code"
    args: Json = {"signer": proof.signer, "how": how}
    asked = Asked(
        operation=operation_name(step, visit, item, attempt), step=step, item=item, what="proof",
        title=f"the {how} of {proof.signer}", target=proof.signer, args=args, digest=digest_of(args),
        due=now.after(proof.timeout), visit=visit, attempt=attempt,
    )  # fmt: skip
    return Perform(asked, proof)


def asked_code(step: str, visit: int, item: str, attempt: int, now: Instant, request: CodeRequest) -> Perform:
    """Return the move that sends an approver a one-time code, which is nowhere but on their device."""
    args: Json = {"signer": request.signer, "channel": request.channel, "dedup_key": request.dedup_key}
    asked = Asked(
        operation=operation_name(step, visit, item, attempt), step=step, item=item, what="code",
        title=f"a code for {request.signer}", target=request.channel, args=args, digest=digest_of(args),
        due=now.after(request.timeout), visit=visit, attempt=attempt,
    )  # fmt: skip
    return Perform(asked, request)


def prompted(state: RunState, scope: str, step: str, visit: int, question: Question) -> Prompted:
    """Return the record of a question, bound to the changes it decides about."""
    changes, digests = [], []
    bound: Mapping[str, str] = {}
    for act in question.binds:
        try:
            use = _action(state, scope, act)
        except CannotAsk as error:
            changes.append(f"{act.action.title or step}: {error}")
            continue
        things = bound_to(state, scope, step, visit, act, use)
        changes.append(use.command())
        digests.append(change_digest(state, scope, step, visit, act, use, things))
        bound = bound or things
    text = question.text
    with contextlib.suppress(Unresolved):  # a question with a gap is better than none
        text = str(resolve(text, lookup_in(state, scope)))
    name = prompt_name(step, visit, question.item)
    digest = digest_of(digests) if digests else ""
    if question.kind == "approve" and not digests:
        digest = digest_of([name, text])  # a deviation: what is agreed to is its text
    return Prompted(
        prompt=name,
        step=step,
        item=question.item,
        kind=question.kind,
        text=text,
        options=question.options,
        default=question.default,
        due=question.due,
        role=question.role,
        digest=digest,
        digests=tuple(digests),
        detail=question.detail,
        changes=tuple(changes),
        bound=bound,
    )


def digests_of(
    state: RunState, scope: str, step: str, visit: int, acts: tuple[Act, ...]
) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the digest of each change, and what the first one is bound to; raises CannotAsk."""
    uses = [_action(state, scope, act) for act in acts]
    things = [bound_to(state, scope, step, visit, act, use) for act, use in zip(acts, uses, strict=True)]
    digests = tuple(
        change_digest(state, scope, step, visit, act, use, one)
        for act, use, one in zip(acts, uses, things, strict=True)
    )
    return digests, things[0]


def outside_access(state: RunState, scope: str, acts: tuple[Act, ...]) -> str:
    """Return why the guard would refuse one of these changes, as far as it is known before it is sent."""
    plan = state.plan
    if plan is None:
        return ""
    access = plan.guards.access
    for act in acts:
        with contextlib.suppress(CannotAsk):  # asking for it says so
            use = _action(state, scope, act)
            why = action_refused(use.kind, use.effect, access, plan.mcp, plan.channels, drill=plan.drills)
            if why:
                return why
    return ""


def undoable(state: RunState, keep: Set[str] = frozenset()) -> tuple[Undoable, ...]:
    """Return the recorded changes that were not taken back, oldest first, and those in `keep`."""
    undone = state.undone - keep
    return tuple(
        _UNDOABLE.of(lambda: _undoable(change), change)  # noqa: B023  # it is called at once
        for change in (*state.doubtful, *state.changes)
        if change.operation not in undone
    )


_UNDOABLE: Memo[Undoable] = Memo()


def _undoable(change: Change) -> Undoable:
    undo = None if change.undo is None else codec.decode(Undo, change.undo)
    action = (
        None
        if undo is None
        else ActionUse(
            kind=undo.kind,
            title=undo.title or f"undo {change.title}",
            timeout=Duration(undo.timeout),
            by_hand=undo.by_hand,
            operation="undo",
            irreversible="an undo is not undone",
        )
    )
    why = change.irreversible or ("" if action else "no undo was declared")
    return Undoable(change.operation, change.step, change.title, action, why, undo.verify if undo else None)


def _step_title(state: RunState, step: str) -> str:
    known = state.plan.steps.get(step) if state.plan else None
    return known.title if known else step


def _secrets(data: Json) -> list[str]:
    return [name for name in references(data) if name.startswith("secrets.")]
