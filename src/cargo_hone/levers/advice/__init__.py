"""What would pay but is no setting: each with its measured share of the time. Changes no file."""
