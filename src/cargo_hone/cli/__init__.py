"""The command line: one file a command. Parse, call, present, exit; no logic, no subprocesses."""
