"""All rules, by their ids; numbers are never used again."""

from cargo_hone.doctor.finding import Rule
from cargo_hone.doctor.rules import (
    cap_in_env,
    disk_forecast,
    diverging_rustflags,
    diverging_variables,
    editor_target,
    excluded_target,
    host_target,
    incremental_in_pipeline,
    incremental_with_cache,
    key_without_lock,
    key_without_toolchain,
    layout_assumed,
    missing_wrapper,
    mixed_sweeps,
    pointless_sweep,
    shared_by_worktrees,
    target_file_system,
    two_caches,
    unlocked,
    unpacked_objects,
)

RULES: tuple[Rule, ...] = (
    missing_wrapper.RULE,
    incremental_with_cache.RULE,
    two_caches.RULE,
    cap_in_env.RULE,
    host_target.RULE,
    pointless_sweep.RULE,
    mixed_sweeps.RULE,
    excluded_target.RULE,
    shared_by_worktrees.RULE,
    diverging_variables.RULE,
    unpacked_objects.RULE,
    diverging_rustflags.RULE,
    editor_target.RULE,
    key_without_lock.RULE,
    key_without_toolchain.RULE,
    incremental_in_pipeline.RULE,
    unlocked.RULE,
    target_file_system.RULE,
    layout_assumed.RULE,
    disk_forecast.RULE,
)


def find(name: str) -> Rule | None:
    """Return the rule of an id (`HONE012`, in any case) or of a short name; None where there is none."""
    return next((rule for rule in RULES if name.upper() == rule.id or name == rule.name), None)
