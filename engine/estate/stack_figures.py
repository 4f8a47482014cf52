"""What the database says it is, in virtual time: a Supabase one, of the version that was agreed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.kinds.values import Json

FIGURES: Final[Mapping[str, Json]] = {"server_version": 17, "supabase_roles": 1}
