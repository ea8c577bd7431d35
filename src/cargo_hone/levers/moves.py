"""The scenarios that levers move together."""

from cargo_hone.model import Scenario

CLEAN = (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM)
EDITS = (Scenario.EDIT_ROOT, Scenario.EDIT_LEAF)
TESTS = (Scenario.TEST_BUILD, Scenario.TEST_RUN)
