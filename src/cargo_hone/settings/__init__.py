"""What a team decided for its repository, in `.config/hone.toml`; every key has a default and an environment twin."""
