"""Entity tags of an image: the revision of its record, and when its URLs were made; pure.

A record changes with its revision, but the URLs in an answer expire by themselves. So the tag of
an answer with URLs changes twice within their lifetime: a client whose tag still matches has URLs
that are valid for at least the other half of it.
"""

from __future__ import annotations

import re

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_OWN = re.compile(r'"([0-9]{1,15})(?:-[0-9]{1,15})?"')


def etag(revision: int, url_lifetime: int | None, now: float) -> str:
    """Return the tag of an answer.

    Args:
        revision: of the record.
        url_lifetime: how long the URLs of the answer are valid, in seconds; None if it has none.
        now: the time, in seconds since 1970.
    """
    window = 0 if url_lifetime is None else int(now * 2 / url_lifetime)
    return f'"{revision}-{window}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Return whether the header If-None-Match names a tag; weak comparison, as RFC 9110 says."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or any(each == tag for _, each in _tags(if_none_match))


def is_expected(if_match: str, revision: int) -> bool:
    """Return whether the header If-Match names a revision, whenever its URLs were made.

    Weak tags do not count: RFC 9110 demands the strong comparison here.
    """
    if if_match.strip() == "*":
        return True
    found = (_OWN.fullmatch(tag) for weak, tag in _tags(if_match) if not weak)
    return any(each is not None and int(each[1]) == revision for each in found)


def _tags(header: str) -> list[tuple[str, str]]:
    return [(each[1] or "", each[2]) for each in _TAG.finditer(header)]
