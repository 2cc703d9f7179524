"""Feeds damaged pictures to everything that reads untrusted bytes.

`pytest tests/fuzz` does so a little, the same way every time; `make fuzz MINUTES=10` for as long as
one likes, at random. Only a result or an error of the documented hierarchy is allowed.
"""
