"""Files: atomic replacement, walks that follow no link, locks and the trash; every mutation passes here."""
