"""Label Studio's REST API, as the operator's commands use it."""
