"""What AWS documents, what the offline AWS does and what MiniStack does: `make emulators`.

Two emulators that disagree show a fault in one of them.
"""
