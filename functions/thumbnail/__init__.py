"""Makes the renditions of a picture."""
