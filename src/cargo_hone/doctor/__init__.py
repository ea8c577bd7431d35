"""What is wrong with a workspace, seen without measuring: one rule a file, one registry."""
