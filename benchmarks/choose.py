"""Which options make a peer fastest on one workload: each is tried for a moment, the best is measured.

Every variant runs in one process, so that the library is loaded once, in two short turns each; then a
fresh process with the options that won takes part in the comparison. ``torch.compile`` is tried last,
with the best of the others, for it may take a minute; after ``--compile-limit`` seconds it is given up.
"""
from __future__ import annotations

import argparse
from typing import Any

import sides
from sides import Missing, Side

TRIAL = 0.25                # seconds of each variant, twice


def best(peer: str, args: argparse.Namespace, task: str = "Step",
         **what: Any) -> tuple[dict[str, bool], dict[str, Any]]:
    """The options that won, and the milliseconds of all: {"malloc + fused": 1.2, …}, for what ``task`` does.

    Nothing is chosen where the library is missing: its side then says so.
    """
    try:
        side = sides.start(peer, task, args, **what).wait_until_ready()
    except Missing:
        return {}, {}
    tried: list[tuple[float, dict[str, bool]]] = []
    for options in side.ask("variants")["variants"]:
        side.ask("build", options=options)
        side.ask("warm", seconds=TRIAL)
        tried.append((side.ask("warm", seconds=TRIAL)["seconds"], options))
    if args.compile_limit > 0:
        options = {**min(tried, key=lambda pair: pair[0])[1], "compile": True}
        seconds = _compiled(side, options, args.compile_limit)
        if seconds is not None:
            tried.append((seconds, options))
    side.close(kill=True)       # it may still be compiling
    return (min(tried, key=lambda pair: pair[0])[1],
            {named(options): round(1e3 * seconds, 4) for seconds, options in tried})


def _compiled(side: Side, options: dict[str, bool], limit: float) -> float | None:
    """Seconds of a compiled step; None when compiling fails or takes too long."""
    try:
        side.ask("build", options=options)
        side.ask("warm", timeout=limit, seconds=TRIAL)
        return float(side.ask("warm", seconds=TRIAL)["seconds"])
    except (TimeoutError, Missing):
        return None


def named(options: dict[str, bool]) -> str:
    """The options that are on, in words."""
    return " + ".join(name for name, on in options.items() if on) or "plain"


def lines(results: dict[str, dict[str, Any]]) -> list[str]:
    """For each workload, what was chosen and how long the others took."""
    found = []
    for key, result in results.items():
        for peer, chosen in result["details"].items():
            others = ", ".join(f"{name} {ms:.3g}" for name, ms in result.get("tried_ms", {}).items())
            found.append(f"{peer} on {key}: {named(chosen)}; tried (ms): {others}")
    return found
