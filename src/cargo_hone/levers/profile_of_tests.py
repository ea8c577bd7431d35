"""`profile.test`: what is compiled for tests only. It inherits from dev; a difference makes a second set of units."""

from cargo_hone.levers.moves import TESTS
from cargo_hone.levers.profile_keys import ProfileKey, ProfileKeys
from cargo_hone.model import Scenario

_TWICE = "what both builds and tests use is compiled and kept twice"

LESS_DEBUG = ProfileKeys(
    name="test-debug",
    title="line tables only for tests",
    gives_up=f"variables when a test is debugged; {_TWICE}",
    settings=(
        ProfileKey(
            keys=("test", "debug"),
            value="line-tables-only",
            defaults=(True, 2, "full"),
            inherited=("dev", "debug"),
        ),
    ),
    moves=TESTS,
)
OPTIMISED = ProfileKeys(
    name="test-optimised",
    title="tests optimised a little (opt-level 1)",
    gives_up=f"time to build the tests; {_TWICE}",
    settings=(
        ProfileKey(
            keys=("test", "opt-level"), value=1, defaults=(0, "0"), inherited=("dev", "opt-level")
        ),
    ),
    moves=(Scenario.TEST_RUN,),
)
