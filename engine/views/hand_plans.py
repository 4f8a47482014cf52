"""The plans that commands for a person are made from, and the block that sets their `$VARIABLES`.

Rules:
1. What the team wrote per environment (service variables, environment variables) and what the operator
   gives (required inputs) is not written into commands: a plan is made from a catalogue in which such a
   value is a reference to a shell variable. So a value is replaced where it was referred to, never
   because some text looks like it, and the kinds' own quoting stays right.
2. The address of an SQLite file stays written out: what a person types for it is another command.
3. What an environment has for words and not for an address (it has spaces) is written out, too.
4. A name that is taken (by a credential, or by another value) is not used again: that value is written out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.core.plan import Plan, Request, make_plan
from engine.kinds.by_hand import word
from engine.kinds.errors import UsageError
from engine.kinds.references import ABSENT, REFERENCE, Absent, references, resolve, text_of
from engine.kinds.secret_names import secret_names
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.runbook import Runbook
from engine.views.by_hand import said
from engine.views.docs_page import Addresses, Export, ExportBlock, Note

Library = Callable[[str], Runbook]

_VARIABLE = re.compile(r"\$\{?([A-Z_][A-Z0-9_]*)\b(?!\w)", re.ASCII)
_VARIABLE_ONLY = re.compile(r"\$([A-Z_][A-Z0-9_]*)")
_MCP_URL = "_MCP_URL"
_FILE = "sqlite:"
_RUNNING = "its addresses are only known once it is running (runbook sandbox env prints them)"


@dataclass(frozen=True, slots=True)
class HandPlans:
    """The plan of every environment with variables in place of addresses, and what the variables hold."""

    plans: Mapping[str, Plan]
    values: Mapping[str, Mapping[str, str]]
    """Value by variable, by environment; a value that still has a reference in it is in no file."""
    purposes: Mapping[str, str]
    refused: Mapping[str, str]
    """Environments in which no plan can be made, and why."""

    service: str = ""
    """The runbook's own."""

    def named(self, text: str) -> str:
        """Return what an author wrote outside of checks and actions, as the commands name things."""

        def variable(match: re.Match[str]) -> str:
            head, _, rest = match[2].strip().partition(".")
            key = {"service": f"{self.service}.{rest}", "services": rest, "env": rest, "inputs": rest}.get(
                head, ""
            )
            name = _name(key.replace(".", "-"))
            return f"${name}" if not match[1] and name in self.purposes else match[0]

        return said(REFERENCE.sub(variable, text))

    def address(self, text: str) -> str:
        """Return an address for a link, as it is where customers depend on it."""
        known = self.values.get(self.first.environment, {})
        words = self.named(text)
        return _VARIABLE_ONLY.sub(lambda match: known.get(match[1], match[0]), words)

    @property
    def first(self) -> Plan:
        """Return the plan that speaks for all: of the first environment customers depend on."""
        return next((plan for plan in self.plans.values() if plan.real), next(iter(self.plans.values())))


def hand_plans(runbook: Runbook, library: Library, catalogue: Catalogue) -> HandPlans:
    """Plan a runbook in every environment it may run in; raises UsageError where none can be planned."""
    taken = _credentials(runbook, catalogue)
    lifted, values, purposes = _lifted(catalogue, taken)
    inputs = dict(runbook.inputs)
    for name, spec in runbook.inputs.items():
        variable = _name(name)
        if spec.required and variable not in taken and variable not in purposes:
            inputs[name] = replace(spec, required=False, default=f"${{secrets.{variable}}}")
            purposes[variable] = spec.title or f"input {name}"
            for known in values.values():
                known[variable] = f"<{name}>"
        elif spec.required:
            inputs[name] = replace(spec, required=False, default=f"<{name}>")
    given = replace(runbook, inputs=inputs)
    plans: dict[str, Plan] = {}
    refused: dict[str, str] = {}
    errors: list[UsageError] = []
    for environment in runbook.environments or catalogue.environments:
        request = Request(run="run", environment=environment)
        try:
            plans[environment] = make_plan(given, library, lifted, request)
        except UsageError as error:
            refused[environment] = error.message.partition("; ")[0]
            errors.append(error)
    if not plans:
        raise (
            errors[0]
            if errors
            else UsageError(
                f"{runbook.runbook} has no environment to run in",
                hint="name one under 'environments' in the catalogue",
            )
        )
    return HandPlans(plans, values, purposes, refused, runbook.service)


def export_block(
    hand: HandPlans, catalogue: Catalogue, typed: Mapping[str, str], sandbox: Mapping[str, str] | None = None
) -> ExportBlock:
    """Return the variables that occur in commands; `typed` holds all commands by step.

    With the addresses of a running sandbox, by service, those that depend on them are known too; what is not
    in that sandbox, such as a database that was not asked for, is left out.
    """
    used: dict[str, list[str]] = {}
    for step, text in typed.items():
        for name in dict.fromkeys(_VARIABLE.findall(text)):
            used.setdefault(name, []).append(step)
    servers = {f"{_name(name)}{_MCP_URL}": server.url for name, server in catalogue.mcp.items()}
    by_way: dict[str, list[str]] = {}
    elsewhere = [Note(label=name, text=why) for name, why in hand.refused.items()]
    secrets = {name for name in used if name not in hand.purposes and name not in servers}
    environments = []
    for environment in sorted(hand.plans, key=lambda name: not hand.plans[name].real):
        known = hand.values.get(environment, {})
        values = {name: known[name] for name in used if name in known}
        values |= {name: _in(known, servers[name], environment) for name in used if name in servers}
        if sandbox is not None:
            standing = {name: _standing(value, sandbox) for name, value in values.items()}
            values = {name: value for name, value in standing.items() if not _open(value)}
        names = [name for value in values.values() for name in references(value)]
        if any(map(_open, values.values())):
            elsewhere.append(Note(label=environment, text=_RUNNING))
            continue
        secrets |= {name.removeprefix("secrets.") for name in names}
        for variable, value in values.items():
            for name in references(value):
                by_way.setdefault(name.removeprefix("secrets."), []).extend(used[variable])
        exports = (
            Export(name=name, value=word(value)) for name, value in values.items() if name not in secrets
        )
        environments.append(Addresses(environment=environment, exports=tuple(exports)))
    credentials = tuple(
        Export(name=name, purpose=_steps([*used.get(name, []), *by_way.get(name, [])]))
        for name in sorted(secrets)
    )
    return ExportBlock(
        script=_script(environments, credentials),
        environments=tuple(environments),
        credentials=credentials,
        elsewhere=tuple(elsewhere),
    )


def _script(environments: Sequence[Addresses], credentials: Sequence[Export]) -> str:
    """Return one block to paste, into bash or zsh; it has no comments, which zsh would take for words."""
    held = [one for one in environments if one.exports]
    rows = []
    if len(held) == 1:
        rows = [f"export {one.name}={one.value}" for one in held[0].exports]
    elif held:
        rows = [f"RUNBOOK_ENV={held[0].environment}", 'case "$RUNBOOK_ENV" in']
        for place in held:
            rows += [f"{word(place.environment)})"]
            rows += [f"  export {one.name}={one.value}" for one in place.exports]
            rows += ["  ;;"]
        rows += ["esac"]
    # The shell itself says which credential is missing, and shows the value of none.
    rows += [f': "${{{one.name}:?is not set: needed for {one.purpose}}}"' for one in credentials]
    return "\n".join(rows)


def _lifted(
    catalogue: Catalogue, taken: frozenset[str]
) -> tuple[Catalogue, dict[str, dict[str, str]], dict[str, str]]:
    """Return the catalogue with variables for values, the values by environment, and what each is."""
    values: dict[str, dict[str, str]] = {name: {} for name in catalogue.environments}
    purposes: dict[str, str] = {}
    environments = {}
    for name, environment in catalogue.environments.items():
        variables = {}
        for key, value in environment.variables.items():
            variable = _name(key)
            if (
                variable in taken
                or value.startswith(_FILE)
                or " " in value
                or purposes.get(variable, f"{key} of the environment") != f"{key} of the environment"
            ):
                variables[key] = value
                continue
            purposes[variable] = f"{key} of the environment"
            values[name][variable] = value
            variables[key] = f"${{secrets.{variable}}}"
        environments[name] = replace(environment, variables=variables)
    services = {}
    for name, service in catalogue.services.items():
        lifted: dict[str, dict[str, Json]] = {}
        for environment_name, held in service.environments.items():
            lifted[environment_name] = dict(held)
            for key, item in held.items():
                variable, purpose = _name(f"{name}-{key}"), f"{key} of {name}"
                free = variable not in taken and purposes.get(variable, purpose) == purpose
                if (
                    isinstance(item, str)
                    and not item.startswith(_FILE)
                    and free
                    and environment_name in values
                ):
                    purposes[variable] = purpose
                    values[environment_name][variable] = item
                    lifted[environment_name][key] = f"${{secrets.{variable}}}"
        services[name] = replace(service, environments=lifted)
    for name, known in values.items():
        own = catalogue.environments[name].variables
        for variable, value in known.items():
            known[variable] = text_of(resolve(value, _of_environment(own), partial=True))
    return replace(catalogue, environments=environments, services=services), values, purposes


def _of_environment(variables: Mapping[str, str]) -> Callable[[str], Json | Absent]:
    def lookup(name: str) -> Json | Absent:
        head, _, rest = name.partition(".")
        return variables.get(rest, ABSENT) if head == "env" else ABSENT

    return lookup


def _in(known: Mapping[str, str], url: str, environment: str) -> str:
    """Return the address of an MCP server in one environment."""

    def lookup(name: str) -> Json | Absent:
        head, _, rest = name.partition(".")
        if head == "services":
            return known.get(_name(rest.replace(".", "-")), ABSENT)
        if name == "environment":
            return environment
        return known.get(_name(rest), ABSENT) if head == "env" else ABSENT

    return text_of(resolve(url, lookup, partial=True))


def _open(value: str) -> bool:
    """Say whether a value has a reference in it that no credential fills."""
    return any(not name.startswith("secrets.") for name in references(value))


def _standing(value: str, sandbox: Mapping[str, str]) -> str:
    """Return a value with the addresses of the sandbox in it."""

    def lookup(name: str) -> Json | Absent:
        head, _, rest = name.partition(".")
        return sandbox.get(rest, ABSENT) if head == "sandbox" else ABSENT

    return text_of(resolve(value, lookup, partial=True))


def _credentials(runbook: Runbook, catalogue: Catalogue) -> frozenset[str]:
    """Return every name that holds a secret somewhere, so that no address takes its place."""
    names = {name for service in catalogue.services.values() for name in service.credentials}
    for value in (runbook, *catalogue.mcp.values(), *catalogue.channels.values()):
        names |= set(secret_names(value))
    return frozenset(names)


def _name(text: str) -> str:
    return re.sub(r"\W", "_", text, flags=re.ASCII).upper()


def _steps(steps: Sequence[str]) -> str:
    """Say which steps need something, by themselves or by way of an address."""
    named = list(dict.fromkeys(steps))
    shown = ", ".join(named[:3])
    return shown if len(named) <= 3 else f"{shown} and {len(named) - 3} more"
