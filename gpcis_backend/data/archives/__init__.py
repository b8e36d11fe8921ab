"""Public data sets: where they are, how they get here, and whether they are whole."""
