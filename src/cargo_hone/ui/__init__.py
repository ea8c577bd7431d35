"""What a person sees in a terminal; only `cli` imports this room. No decisions."""
