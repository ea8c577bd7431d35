"""Who else is told of the work: claude-flow, a command, JSON lines; and the memory that agents and teams read."""
