"""The file: YAML text with positions, strict models, every mistake at once, the JSON schema."""
