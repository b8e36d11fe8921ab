"""What keeps annotators from getting masks, found out without changing anything."""
