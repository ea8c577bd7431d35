"""What was measured and done, kept in SQLite: one database per workspace, raw samples included."""
