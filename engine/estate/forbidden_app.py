"""An app at Fly that ought not to exist: a Postgres of our own, beside the one at Supabase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from engine.estate.fault import ActiveFault
from engine.estate.fly import App, Fly

KIND: Final = "forbidden-app"
FAULTS: Final[Mapping[str, str]] = {
    KIND: "The Machines API knows an app `app` (hotdash-staging-db) that the canonical toolkit forbids.",
}


def with_forbidden(fly: Fly, active: tuple[ActiveFault, ...]) -> Fly:
    """Return the platform as the Machines API shows it, with the app and none of its machines."""
    names = [e.fault.text("app", "hotdash-staging-db") for e in active if e.fault.kind == KIND]
    added = tuple(App(name, "dashboard", ()) for name in names if fly.app(name) is None)
    return replace(fly, apps=(*fly.apps, *added)) if added else fly


def without_forbidden(fly: Fly, known: Fly) -> Fly:
    """Return the platform with the apps that were known before."""
    names = {app.name for app in known.apps}
    return replace(fly, apps=tuple(app for app in fly.apps if app.name in names))
