"""Releases that are not what they look like: built and not released, twice the same, failed, or taken back.

An image that was built and pushed is in the registry and in no release. What the Machines API puts on a
machine makes no release either, so the list of releases says nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal

from engine.estate.fault import ActiveFault, Fault
from engine.estate.fly import App, Fly, Release, each_machine, with_app
from engine.estate.identifiers import ulid
from engine.estate.machine import Ailment, Machine, boot, settle

BUILT: Final = "image-built"
_AILS: Final[Mapping[str, Literal["crash", "missing-cli", "hang", "slow"]]] = {
    "crash": "crash",
    "missing-cli": "missing-cli",
    "hang": "hang",
    "slow": "slow",
}


def built_image(app: str, tag: str = "deployment-next") -> str:
    """Return the reference of an image that was built and not released."""
    return f"registry.fly.io/{app}:{tag}"


def image_built(fly: Fly, fault: Fault, now: float) -> Fly:
    """The registry has an image `tag` (deployment-next) that no release has.

    It `ails` when it runs: crash (`after` 1 second, saying `log`), missing-cli, hang or slow; with
    `runs: true` the machines have it already, with `machines: 1` only the first of them, and with
    `released: true` as a release of its own.
    """
    app = fly.app(fault.service)
    if app is None:
        return fly
    image = built_image(app.name, fault.text("tag", "deployment-next"))
    ails = fault.text("ails", "")
    if ails in _AILS:
        said = fault.text("log", "Error: Cannot find module 'express'")
        ailment = Ailment(
            fault.id,
            _AILS[ails],
            after=fault.number("after", 1.0),
            log=(said,),
            image=image,
            cure="update-image",
        )
        app = replace(app, ailments=(*app.ailments, ailment))
        fly = with_app(fly, app)
    if fault.params.get("released") is True:
        version = app.releases[0].version + 1 if app.releases else 1
        app = replace(app, releases=(Release(version, image, now), *app.releases))
        fly = with_app(fly, app)
    if fault.params.get("runs") is True:
        fly = _running(fly, app, image, fault, now)
    return fly


def released_again(fly: Fly, fault: Fault, now: float) -> Fly:
    """The newest image was released a second time, and the release before it had `failed`."""
    app = fly.app(fault.service)
    if app is None or not app.releases:
        return fly
    newest, older = app.releases[0], app.releases[1:]
    again = replace(newest, version=newest.version + 2, description="Set secrets")
    same = replace(newest, version=newest.version + 1)
    failed = Release(
        newest.version,
        built_image(app.name, f"deployment-{ulid(app.name, 'failed')}"),
        newest.created_at,
        "failed",
        stable=False,
    )
    return with_app(fly, replace(app, releases=(again, same, failed, *older)))


def taken_back(fly: Fly, fault: Fault, now: float) -> Fly:
    """The newest release was taken back by somebody: the machines run the one before it, and well."""
    app = fly.app(fault.service)
    if app is None or len(app.releases) < 2:
        return fly
    return _running(fly, app, app.releases[1].image_ref, fault, now)


BEGINS: Mapping[str, Callable[[Fly, Fault, float], Fly]] = {
    BUILT: image_built,
    "released-again": released_again,
    "release-taken-back": taken_back,
}


def with_built(fly: Fly, active: tuple[ActiveFault, ...]) -> Fly:
    """Return the platform as its registry sees it: built images are there, as releases that never were."""
    for entry in active:
        app = fly.app(entry.fault.service) if entry.fault.kind == BUILT else None
        if app is not None:
            image = built_image(app.name, entry.fault.text("tag", "deployment-next"))
            fly = with_app(fly, replace(app, releases=(*app.releases, Release(0, image, 0.0, "built"))))
    return fly


def without_built(fly: Fly) -> Fly:
    """Return the platform as its list of releases shows it."""
    for app in fly.apps:
        if any(release.status == "built" for release in app.releases):
            kept = tuple(release for release in app.releases if release.status != "built")
            fly = with_app(fly, replace(app, releases=kept))
    return fly


def _running(fly: Fly, app: App, image: str, fault: Fault, now: float) -> Fly:
    then = now - 60.0 * fault.number("minutes_before", 20.0)
    most = int(fault.number("machines", len(app.machines)))
    chosen = {machine.id for machine in app.machines[:most]}

    def live(machine: Machine) -> Machine:
        if machine.id not in chosen:
            return machine
        machine = replace(machine, config={**machine.config, "image": image})
        machine = boot(machine, then, app.ailments)
        machine = replace(machine, last_request=now if machine.crash is None else then)
        return settle(machine, app.ailments, now)

    return each_machine(fly, app.name, live)
