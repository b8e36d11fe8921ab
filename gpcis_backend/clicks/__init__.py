"""What a click is, who makes it, and how it travels between image and network."""
