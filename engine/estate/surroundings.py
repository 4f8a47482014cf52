"""What a machine's process finds outside itself at the moment of a request.

One snapshot for both shells: in virtual time it is passed to the pure stand-in, on sockets it travels to the
machine's process in a header, because the stand-ins of vendors are not what is under test there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, get_args

from engine.estate.memory import Approval
from engine.estate.tiles import GOOD_DAY, Tiles
from engine.estate.wire import mapping, number, text
from engine.kinds.values import Json

OpenAiState = Literal["ok", "outage", "quota", "key"]
RagState = Literal["ok", "hang", "away"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Secrets by name, the state of each dependency, and what is wrong with this very machine."""

    booted_at: float = 0.0
    secrets: tuple[str, ...] = ()
    openai: OpenAiState = "ok"
    database: bool = True
    rag: RagState = "ok"
    rows: tuple[Approval, ...] = ()
    cli_missing: bool = False
    hung: bool = False
    limited_until: float = 0.0
    limited_client: str = ""
    redis: bool = True
    refused: bool = False
    unprepared: bool = False
    revoked: bool = False
    uncited: bool = False
    foreign: bool = False
    """Of Chatwoot: the token's user is no member of our account."""
    quiet: bool = False
    """Of Chatwoot: no conversation is open."""
    version: str = ""
    """What a redeploy brought; empty: the usual version."""
    tiles: Tiles = GOOD_DAY
    approvals_seconds: float = 0.0
    """Of the agent service: what the table of approvals takes longer than usual."""

    def dump(self) -> str:
        """Return one line of JSON for a header."""
        data: dict[str, Json] = {
            "booted_at": self.booted_at,
            "secrets": list(self.secrets),
            "openai": self.openai,
            "database": self.database,
            "rag": self.rag,
            "rows": [row.dump() for row in self.rows],
            "cli_missing": self.cli_missing,
            "hung": self.hung,
            "limited_until": self.limited_until,
            "limited_client": self.limited_client,
            "redis": self.redis,
            "refused": self.refused,
            "unprepared": self.unprepared,
            "revoked": self.revoked,
            "uncited": self.uncited,
            "foreign": self.foreign,
            "quiet": self.quiet,
            "version": self.version,
            "tiles": self.tiles.dump(),
            "approvals_seconds": self.approvals_seconds,
        }
        return json.dumps(data, ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def load(cls, line: str) -> Surroundings:
        """Read what `dump` wrote."""
        got = mapping(json.loads(line))
        secrets, rows = got.get("secrets"), got.get("rows")
        openai: OpenAiState = next(s for s in get_args(OpenAiState) if s == got.get("openai"))
        rag: RagState = next(s for s in get_args(RagState) if s == got.get("rag"))
        return cls(
            number(got.get("booted_at"), 0.0),
            tuple(text(name) for name in secrets) if isinstance(secrets, list) else (),
            openai,
            bool(got.get("database")),
            rag,
            tuple(Approval.load(row) for row in rows) if isinstance(rows, list) else (),
            bool(got.get("cli_missing")),
            bool(got.get("hung")),
            number(got.get("limited_until"), 0.0),
            text(got.get("limited_client")),
            bool(got.get("redis")),
            bool(got.get("refused")),
            bool(got.get("unprepared")),
            bool(got.get("revoked")),
            bool(got.get("uncited")),
            bool(got.get("foreign")),
            bool(got.get("quiet")),
            text(got.get("version")),
            Tiles.load(got.get("tiles")),
            number(got.get("approvals_seconds"), 0.0),
        )
