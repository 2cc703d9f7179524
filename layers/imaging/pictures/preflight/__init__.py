"""What a file would cost a decoder, read before any decoder sees it.

Only counts and sizes are read; whether the file makes sense is for the decoder to say. Each check
ends early at whatever it does not understand. A module per container, with `check` and, where
Pillow would read more than needed, `read_header`; `pictures.formats` says which one is whose.
"""
