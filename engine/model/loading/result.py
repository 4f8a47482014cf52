"""What comes of loading a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.kinds.errors import FileErrors
from engine.kinds.findings import Located

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T]):
    """The value, or None where errors forbid its use; warnings may come with a value."""

    value: T | None
    findings: tuple[Located, ...] = ()

    def require(self) -> T:
        """Return the value; raises FileErrors."""
        if self.value is None:
            raise FileErrors(self.findings)
        return self.value


def errors(findings: tuple[Located, ...]) -> bool:
    """Say whether any finding is more than a warning."""
    return any(one.finding.severity == "error" for one in findings)
