"""The pages about how things end: what fails and what is unknown, and the exit codes."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from typing import Final

from engine.cli.reference.saying import sentence
from engine.core.events import Asked, Ended
from engine.core.moves import Perform
from engine.io.evidence import MemoryEvidence
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.kinds import errors, verdicts
from engine.kinds.action import Action
from engine.kinds.check import Check
from engine.kinds.discovery import family
from engine.kinds.errors import EngineError, Exit
from engine.kinds.ports import (
    CannotLook,
    Clock,
    Commands,
    Dns,
    Files,
    Http,
    Mcp,
    McpFault,
    NoAnswer,
    NoAnswerReason,
    Proofs,
    Runs,
    Sql,
    Tcp,
    Tell,
    Tls,
    World,
)
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Instant
from engine.kinds.verdicts import Answer, Observation, Performed
from engine.render.markdown_text import table

_HAPPENED: Final[Mapping[str, str]] = {
    "refused": "nobody listens there",
    "reset": "the connection ended before the answer was complete",
    "timeout": "no complete answer within the deadline",
    "dns": "the name has no address",
    "tls": "no secure connection could be made",
    "garbled": "what came is not the protocol",
    "too-large": "the answer is longer than asked for",
    "redirects": "it leads in a circle, further than allowed, or to where we do not follow",
}
_CODES: Final[Mapping[Exit, str]] = {
    Exit.RESOLVED: "resolved or a false alarm; for other commands, all well",
    Exit.ENDED: "ended otherwise: mitigated, escalated, aborted; a storage error; something is stale",
    Exit.USAGE: "the command line or a name in it is wrong",
    Exit.FILE_ERRORS: "a file has errors; each is shown with its place",
    Exit.WAITING: "the run waits for a person; it can be resumed",
    Exit.REFUSED: "refused by the policy, a lease or a missing approval",
    Exit.NOBODY_TOLD: "somebody had to be told and no channel got through",
    Exit.BUG: "a bug of ours; the run is intact",
    Exit.INTERRUPTED: "interrupted; the run can be resumed",
}


def fail_or_unknown() -> Iterator[str]:
    """Yield the table of fail and unknown; its outcomes are those the performer gives while it is written."""
    yield "# Fail or unknown"
    rules = (verdicts.__doc__ or "").partition(":\n\n")[2]
    written = re.split(r"\n(?=\d\.)", rules.strip())
    yield "\n".join(f"- Rule {' '.join(rule.split())}" for rule in written)
    yield "## What happened, and what it means"
    yield (
        "A check of a kind whose `no_answer` is fail (see below) and a check of any other kind, and an "
        "action. An action that is unknown is never repeated by guess: its `reconcile` check decides, or "
        "a person is asked."
    )
    rows = []
    for reason in typing.get_args(NoAnswerReason):
        rows.append([f"no answer: {reason}", _HAPPENED[reason], *_outcomes(NoAnswer(reason, "", 0.0))])
    looked = "no credential, no client, or forbidden by policy"
    rows.append(["cannot look", looked, *_outcomes(CannotLook("no credential"))])
    rows.append(
        ["MCP protocol error", "the server's own error object", *_outcomes(McpFault(-32603, "", 0.0))]
    )
    rows.append(["a fault of the kind", "a bug in the engine", *_outcomes(RuntimeError("a bug"))])
    yield table(["what", "which is", "fail kinds", "other kinds", "actions"], rows)
    yield (
        "The action kind `mcp` reads a protocol error itself: one from before the tool began is failed, "
        "any other is unknown. The action kinds `http` and `fly_image` call a 504 unknown: a gateway gave "
        "up waiting."
    )
    yield (
        "When a control probe gets no answer either, the fault is our own network: every result without "
        "an answer is unknown, whatever its kind."
    )
    yield "## No answer, by check kind"
    yield "A check may say otherwise with `no_answer`."
    yield table(
        ["kind", "no answer is"], [[f"`{n}`", kind.no_answer] for n, kind in family("checks").items()]
    )


def exit_codes() -> Iterator[str]:
    """Yield the table of exit codes and of the exceptions behind them."""
    yield "# Exit codes"
    yield table(
        ["code", "name", "means"], [[str(int(code)), code.name.lower(), _CODES[code]] for code in Exit]
    )
    yield "What a user may cause ends as one line with a hint, never as a traceback:"
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, EngineError)]
    yield table(
        ["error", "code", "means"], [[f"`{k.__name__}`", str(int(k.exit)), sentence(k)] for k in kinds]
    )


def _outcomes(trouble: Exception) -> tuple[str, str, str]:
    """Return what this trouble makes of a check of a fail kind, of another kind, and of an action."""
    return _check(trouble, "fail"), _check(trouble, "unknown"), _action(trouble)


def _check(trouble: Exception, meaning: Answer) -> str:
    class Troubled(Check):
        no_answer = meaning

        async def observe(self, world: World, timeout: float) -> Observation:
            raise trouble

    return _performed(CheckUse(kind=Troubled()), "check")


def _action(trouble: Exception) -> str:
    class Troubled(Action):
        async def perform(self, world: World, timeout: float) -> Performed:
            raise trouble

    return _performed(ActionUse(kind=Troubled()), "action")


def _performed(use: CheckUse | ActionUse, what: str) -> str:
    never = Instant(0.0)
    asked = Asked(
        operation="it", step="it", item="", what=what, title="", target="", args=None, digest="", due=never
    )
    performer = LivePerformer(_Nowhere(), MemoryEvidence(Redactor({})), Redactor({}))
    performing = performer.perform(Perform(asked, use))
    try:
        performing.send(None)
    except StopIteration as stop:
        ended: Ended = stop.value
        return ended.outcome
    raise RuntimeError("a kind that raises at once waited for something")


class _Nowhere:
    """A world nobody asks: the troubles of the table come before that."""

    http: Http
    tcp: Tcp
    mcp: Mcp
    tell: Tell
    tls: Tls
    dns: Dns
    sql: Sql
    commands: Commands
    files: Files
    proofs: Proofs
    runs: Runs
    clock: Clock
