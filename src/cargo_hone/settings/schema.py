"""The JSON Schema of `.config/hone.toml`, for editors: `python -m cargo_hone.settings.schema` prints it."""

import json
import sys

import msgspec

from cargo_hone.settings.model import Settings


def schema() -> str:
    """Return the schema as JSON text with a final line end."""
    found = msgspec.json.schema(Settings)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "cargo-hone"}
    return json.dumps({**head, **found}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
