"""The page and the REST API on one engine: parse, call inference, serialise."""
