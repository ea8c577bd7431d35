"""What can be changed to make builds faster: one lever a file, one registry. Nothing is measured here."""
