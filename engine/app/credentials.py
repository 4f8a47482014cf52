"""The credentials of a run: which it names, where their values come from, and what keeps them out of sight.

Rules:

1. Values are read once, when the parts of a run are made, and stay in memory. In an environment marked for
   drills they are made up: no real one ever goes to a stand-in, and no source is asked.
2. What is looked for in everything that is kept or shown: every secret the plan names, and what the catalogue
   lists besides as long as it needs no program to be started. What is marked public is left out.
3. A secret that stands in clear in what would be recorded first (the runbook, the catalogue, an input) stops
   the start: the plan travels through journal, report and page as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from engine.app.workspace import Workspace
from engine.core.memo import Memo
from engine.core.plan import Plan
from engine.io.redaction import Redactor
from engine.io.world.secret_sources import NOWHERE, Sources
from engine.io.world.secrets import Secrets, SecretState
from engine.kinds import codec
from engine.kinds.errors import UsageError
from engine.kinds.secret_names import secret_names as secrets_asked_with

_SUSPECT = re.compile(
    r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|DSN|WEBHOOK|(?:PG|DATABASE|DB|REDIS)_UR[LI]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CredentialState:
    """One credential as it may be shown: never its value."""

    name: str
    state: SecretState
    source: str
    """`environment`, the path of a file, or a program; empty where it was not found."""
    why: str
    """Why it cannot be used, in one line; empty when it can."""


def secret_names(plan: Plan) -> tuple[str, ...]:
    """Return every secret the plan names, in order; worked out once for plans that differ in run and time."""
    same = (getattr(plan, one.name) for one in fields(plan) if one.name not in ("run", "since"))
    return _NAMES.of(lambda: secrets_asked_with(plan), *same)


_NAMES: Memo[tuple[str, ...]] = Memo()


def secrets_of(
    plan: Plan, environ: Mapping[str, str], root: Path | None = None, *, programs: bool = True
) -> Secrets:
    """Return the secrets of a run: made-up ones in environments marked for drills.

    `root` is where the paths of env-files begin: the workspace. Without `programs` none is started.
    """
    if plan.drills:
        from engine.app.sandbox import secrets

        return Secrets({}, secrets(secret_names(plan)))
    return Secrets(environ, sources=Sources(environ, plan.credentials, root or Path(), programs=programs))


def redactor_of(plan: Plan, secrets: Secrets) -> Redactor:
    """Return the choke point that knows every secret of the plan."""
    cheap = (name for name, credential in plan.credentials.items() if not credential.command)
    return Redactor(secrets.values(dict.fromkeys((*secret_names(plan), *(() if plan.drills else cheap)))))


def redactors(workspace: Workspace) -> Callable[[Plan], Redactor]:
    """Return what makes the redactor of a run for whoever appends to it from this terminal."""
    return lambda plan: redactor_of(plan, secrets_of(plan, workspace.environ, workspace.root))


def suspects(environ: Mapping[str, str]) -> Redactor:
    """Return a redactor for where no plan says what is secret: of variables named like credentials."""
    return Redactor({name: value for name, value in environ.items() if _SUSPECT.search(name)})


def states_of(plan: Plan, secrets: Secrets) -> Iterator[tuple[str, str]]:
    """Yield every secret the plan names with present, missing, placeholder, too short or too common."""
    for one in credentials_of(plan, secrets):
        yield one.name, one.state


def credentials_of(plan: Plan, secrets: Secrets) -> tuple[CredentialState, ...]:
    """Return every credential the plan names, as it may be shown."""
    names = secret_names(plan)
    secrets.values(names)  # programs are started at once, not one after another
    return tuple(
        CredentialState(name, secrets.state(name), secrets.source(name), secrets.why(name)) for name in names
    )


def warnings_of(plan: Plan, secrets: Secrets) -> tuple[str, ...]:
    """Return what is wrong with the places the values come from, one line each."""
    return secrets.warnings(secret_names(plan))


def refuse_in_clear(plan: Plan, redactor: Redactor) -> None:
    """Raise UsageError where the plan holds the value of a secret itself, instead of its name."""
    if not redactor or not redactor.finds(codec.canonical(plan)):
        return
    inputs = plan.scopes[""].inputs
    for name, value in inputs.items():
        for secret in redactor.finds(codec.canonical(value)):
            raise UsageError(
                f"input '{name}' holds the value of {secret}: it would be recorded",
                hint=f"the runbook reads it as ${{secrets.{secret}}}: leave it out of the inputs",
            )
    for path, step in plan.steps.items():
        for secret in redactor.finds(codec.canonical(step)):
            raise _in_clear(f"step {path}", secret)
    for secret in redactor.finds(codec.canonical(plan)):
        raise _in_clear("the catalogue", secret)


def _in_clear(where: str, secret: str) -> UsageError:
    return UsageError(
        f"{where} holds the value of {secret} in clear: nothing was started",
        hint=f"write ${{secrets.{secret}}} and change the value; if it is no secret, mark it `public: true` "
        "under `credentials`",
    )


__all__ = [
    "NOWHERE",
    "CredentialState",
    "credentials_of",
    "redactor_of",
    "redactors",
    "refuse_in_clear",
    "secret_names",
    "secrets_of",
    "states_of",
    "suspects",
    "warnings_of",
]
