"""What annotators make: documents and classes, kept so that nothing is lost."""
