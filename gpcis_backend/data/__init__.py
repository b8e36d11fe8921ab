"""Readers of data sets: name, image, truth and void of every object."""
