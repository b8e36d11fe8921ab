"""REST API v1 (ui.md section 6): parse, call the layer below, serialise."""
