"""The search for what pays here: screen each lever, add winners one after the other, confirm the whole."""
