"""`cargo hone`: one screen about the workspace here."""

import json
from concurrent.futures import ThreadPoolExecutor

from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.workspace import facts


def show(invocation: Invocation) -> int:
    """Print the screen."""
    manifest = invocation.manifest()
    with ThreadPoolExecutor(max_workers=2) as pool:
        looking = pool.submit(facts.look, manifest, env=invocation.env, flags=invocation.flags)
        # While cargo, rustc and the cache answer: what is done with it takes as long to import.
        from cargo_hone.cli import status_look  # noqa: PLC0415

        asking = pool.submit(status_look.cache, invocation)
        from cargo_hone.cli import status_shown  # noqa: PLC0415

        status_look.expect(manifest.parent)
        found, cache = looking.result(), asking.result()
    status = status_look.look(invocation, found, cache)
    if invocation.format is Format.JSON:
        invocation.console.print(json.dumps(status_shown.as_json(status), indent=2))
    else:
        invocation.console.lines(status_shown.screen(status))
    return 0
