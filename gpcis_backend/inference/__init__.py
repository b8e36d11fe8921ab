"""From an image and clicks to a mask, whatever model stands behind it."""
