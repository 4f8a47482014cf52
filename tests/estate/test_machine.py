"""A machine's life: boots, exits, restarts, sleep."""

from __future__ import annotations

from dataclasses import replace

from engine.estate.machine import MAX_RESTARTS, Ailment, Machine, boot, settle

CRASH = Ailment("f", "crash", 1, log=("Error: bad schema",))


def machine(autostop: object = "stop") -> Machine:
    """Return a machine that has never run."""
    config = {"image": "good", "services": [{"autostop": autostop, "autostart": True}]}
    return Machine("148e0", "leaf", "app", "ord", config, 0.0)  # type: ignore[arg-type]  # JSON by construction


def test_a_boot_is_starting_before_it_is_started() -> None:
    """A poll in between sees a state that must not be judged."""
    booted = boot(machine(), 100.0, ())
    assert "starting" == settle(booted, (), 100.5).state
    assert "started" == settle(booted, (), 100.7).state


def test_an_idle_machine_is_stopped_cleanly_after_five_minutes() -> None:
    """Exit code 0 and requested_stop are what tell sleep from a crash."""
    stopped = settle(boot(machine(), 0.0, ()), (), 302.3)
    last = stopped.last_exit
    assert last is not None
    assert ("stopped", 302.2, 0, True) == (stopped.state, last.at, last.exit_code, last.requested_stop)
    assert stopped.merely_stopped


def test_a_request_puts_sleep_off() -> None:
    """Five minutes count from the last request."""
    busy = replace(boot(machine(), 0.0, ()), last_request=200.0)
    assert "started" == settle(busy, (), 499.9).state
    assert "stopped" == settle(busy, (), 500.0).state


def test_a_machine_with_autostop_off_never_sleeps() -> None:
    """The config decides."""
    assert "started" == settle(boot(machine("off"), 0.0, ()), (), 86_400.0).state


def test_a_crash_loop_ends_after_ten_restarts() -> None:
    """One boot and ten restarts, then the platform gives up and says so."""
    given_up = settle(boot(machine(), 0.0, (CRASH,)), (CRASH,), 3_600.0)
    exits = [event for event in given_up.events if event.exit]
    assert ("stopped", MAX_RESTARTS, MAX_RESTARTS + 1) == (given_up.state, given_up.restarts, len(exits))
    assert [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] == [event.restart_count for event in exits]
    newest = exits[0].exit
    assert newest is not None
    assert (1, False) == (newest.exit_code, newest.restarting)
    assert given_up.looping
    assert not given_up.merely_stopped
    assert "machine has reached its max restart count of 10" in [note[2] for note in given_up.notes]


def test_settling_twice_changes_nothing() -> None:
    """Time that has passed has passed."""
    once = settle(boot(machine(), 0.0, (CRASH,)), (CRASH,), 42.0)
    assert once == settle(once, (CRASH,), 42.0)


def test_settling_in_steps_is_settling_at_once() -> None:
    """How often anyone looked leaves no trace."""
    steps = boot(machine(), 0.0, (CRASH,))
    for second in range(200):
        steps = settle(steps, (CRASH,), float(second))
    assert steps == settle(boot(machine(), 0.0, (CRASH,)), (CRASH,), 199.0)


def test_an_ailment_tied_to_an_image_spares_other_images() -> None:
    """Rolling back works because the good image has no ailment."""
    tied = replace(CRASH, image="bad")
    assert boot(machine(), 0.0, (tied,)).crash is None
    bad = replace(machine(), config={"image": "bad"})
    assert tied == boot(bad, 0.0, (tied,)).crash


def test_a_supervised_crash_waits_for_the_real_process() -> None:
    """Where a real process runs, only its real exit counts."""
    booted = boot(machine(), 0.0, (CRASH,))
    assert "started" == settle(booted, (CRASH,), 60.0, supervised=True).state


def test_every_boot_is_another_instance() -> None:
    """A restart shows by the instance id."""
    first = boot(machine(), 0.0, ())
    assert first.instance_id != boot(first, 10.0, ()).instance_id
    assert first.instance_id == boot(machine(), 0.0, ()).instance_id
