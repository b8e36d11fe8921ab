"""The images that can be annotated: uploads and a folder."""
