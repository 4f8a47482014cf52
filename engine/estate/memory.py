"""What a machine's process holds in memory or on its disk: lost whenever the machine boots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engine.estate.wire import mapping, number, text
from engine.kinds.values import Instant, Json


@dataclass(frozen=True, slots=True)
class Approval:
    """One answer of the agent that waits for a person; handled ones are never deleted."""

    id: str
    conversation: int
    created_at: float
    tool: str
    text: str = ""

    def plain(self) -> dict[str, Json]:
        """Return the approval as GET /approvals shows it."""
        args: dict[str, Json] = {"conversationId": self.conversation, "content": self.text}
        return {
            "id": self.id,
            "conversationId": self.conversation,
            "createdAt": str(Instant(self.created_at)),
            "pending": [{"agent": "support", "tool": self.tool, "args": args}],
        }

    def dump(self) -> dict[str, Json]:
        """Return all fields, to hand to another process."""
        return {
            "id": self.id,
            "conversation": self.conversation,
            "created_at": self.created_at,
            "tool": self.tool,
            "text": self.text,
        }

    @classmethod
    def load(cls, data: Json) -> Approval:
        """Read what `dump` wrote."""
        got = mapping(data)
        return cls(
            text(got.get("id")),
            int(number(got.get("conversation"), 0)),
            number(got.get("created_at"), 0.0),
            text(got.get("tool")),
            text(got.get("text")),
        )


@dataclass(frozen=True, slots=True)
class AgentMemory:
    """The agent service: the file store on the ephemeral disk, and rows just written to Postgres."""

    files: tuple[Approval, ...] = ()
    wrote: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """Calls, errors and the last 100 latencies (ms) of one tool."""

    calls: int = 0
    errors: int = 0
    latencies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RateWindow:
    """How many requests one client has made since the window opened."""

    client: str
    opened: float
    count: int


@dataclass(frozen=True, slots=True)
class LlamaMemory:
    """The LlamaIndex server: metrics, rate windows, and until when its event loop is blocked."""

    tools: tuple[tuple[str, ToolRecord], ...] = ()
    windows: tuple[RateWindow, ...] = ()
    busy_until: float = 0.0


@dataclass(frozen=True, slots=True)
class DashboardMemory:
    """The dashboard: when this process last fetched each tile; what it fetched it keeps for minutes."""

    fetched: tuple[tuple[str, float], ...] = ()


Memory: TypeAlias = AgentMemory | LlamaMemory | DashboardMemory | None
