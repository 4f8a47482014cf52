"""Writing into a plan what the team itself wrote: `service`, `services`, `env`, `sandbox`, `with`, limits.

Once, while planning (rule 1 of core/plan.py): facts, inputs and secrets stay references for the run to look
up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.kinds import codec
from engine.kinds.paths import look_up
from engine.kinds.references import Absent, resolve
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue, Environment
from engine.model.runbook import Runbook

T = TypeVar("T")
_HERE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?)?(?:127\.[0-9.]+|localhost|\[::1\]):[0-9]+(?:[/?#]|\Z)"
)


@dataclass(frozen=True, slots=True)
class Writing:
    """What is known while a run is planned for one environment; `problems` is what has no value there."""

    catalogue: Catalogue
    environment: str
    sandbox: Mapping[str, str]
    """Base URLs of the stand-ins, by service."""
    problems: list[str]

    def resolved(self, kind: type[T], value: T, known: Mapping[str, Json], where: str) -> T:
        """Return a part of the model with what is known now written in."""

        data = self.written(codec.plain(value), known, where)
        try:
            return codec.decode(kind, data, where)
        except ValueError as error:
            self.problems.append(f"{where}: {error}")
            return value

    def written(self, data: Json, known: Mapping[str, Json], where: str) -> Json:
        """Return plain data with what is known now written in."""

        def lookup(name: str) -> Json | Absent:
            found = look_up(known, name)
            head = name.partition(".")[0]
            if isinstance(found, Absent) and head in known and head != "inputs":
                self.problems.append(f"{where}: ${{{name}}} has no value in environment {self.environment}")
            return found

        return resolve(resolve(data, lookup, partial=True), lookup, partial=True)

    def known(self, runbook: Runbook) -> dict[str, Json]:
        """Return what can be looked up while planning one runbook."""
        environment = self.catalogue.environments.get(self.environment, Environment())
        sandbox: Mapping[str, Json] = dict(self.sandbox)

        def urls(name: str) -> Json | Absent:
            return look_up({"sandbox": sandbox, "env": dict(environment.variables)}, name)

        services: dict[str, Json] = {
            name: {
                "name": name,
                **mapping_of(resolve(service.environments.get(self.environment, {}), urls, partial=True)),
            }
            for name, service in self.catalogue.services.items()
        }
        return {
            "service": services.get(runbook.service, {}),
            "services": services,
            "env": resolve(dict(environment.variables), urls, partial=True),
            "environment": self.environment,
            "thresholds": {name: threshold.value for name, threshold in self.catalogue.thresholds.items()},
            "baselines": {
                name: {**one.values, "n": one.n, "method": one.method, "source": one.source}
                for name, one in self.catalogue.baselines.items()
            },
        }


def mapping_of(value: Json) -> Mapping[str, Json]:
    """Return a mapping, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def drill_targets(known: Mapping[str, Json], sandbox: Sequence[str]) -> tuple[str, ...]:
    """Return the stand-ins' addresses, and those of this machine that the environment itself names."""
    declared = (text for part in (known["env"], known["services"]) for text in _texts(part))
    here = (text for text in declared if _HERE.match(text))
    return tuple(dict.fromkeys((*sandbox, *here)))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
