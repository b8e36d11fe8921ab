"""Annotations as the files of other tools, and back."""
