"""What a run showed, for people and programs: the final screen, Markdown, one-file HTML, JSON.

Every figure comes from a run that was loaded from the history, by way of one table (`table`), so that the
same number stands everywhere.
"""
