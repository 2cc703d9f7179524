"""From files to pixels, where Pillow alone does not read them or not as everybody else does."""
