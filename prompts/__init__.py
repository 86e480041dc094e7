"""The prompts, as data: one file a version, `<name>/v<n>.md`, locked by digest in LOCK."""
