"""Rekognition's moderation labels, version 7, with their hierarchy.

Source: docs.aws.amazon.com/rekognition/latest/dg/moderation.html#moderation-api.
"""

from __future__ import annotations

import re

from local.errors import UsageError

# The object metadata that tells the moderation stand-in which labels to find.
METADATA = "local-moderation"
_PERCENTAGE = re.compile(r"100(\.0+)?|\d{1,2}(\.\d+)?")
_TREE: dict[str, dict[str, list[str]]] = {
    "Explicit": {
        "Explicit Nudity": [
            "Exposed Male Genitalia",
            "Exposed Female Genitalia",
            "Exposed Buttocks or Anus",
            "Exposed Female Nipple",
        ],
        "Explicit Sexual Activity": [],
        "Sex Toys": [],
    },
    "Non-Explicit Nudity of Intimate parts and Kissing": {
        "Non-Explicit Nudity": [
            "Bare Back",
            "Exposed Male Nipple",
            "Partially Exposed Buttocks",
            "Partially Exposed Female Breast",
            "Implied Nudity",
        ],
        "Obstructed Intimate Parts": ["Obstructed Female Nipple", "Obstructed Male Genitalia"],
        "Kissing on the Lips": [],
    },
    "Swimwear or Underwear": {
        "Female Swimwear or Underwear": [],
        "Male Swimwear or Underwear": [],
    },
    "Violence": {
        "Weapons": [],
        "Graphic Violence": [
            "Weapon Violence",
            "Physical Violence",
            "Self-Harm",
            "Blood & Gore",
            "Explosions and Blasts",
        ],
    },
    "Visually Disturbing": {
        "Death and Emaciation": ["Emaciated Bodies", "Corpses"],
        "Crashes": ["Air Crash"],
    },
    "Drugs & Tobacco": {
        "Products": ["Pills"],
        "Drugs & Tobacco Paraphernalia & Use": ["Smoking"],
    },
    "Alcohol": {"Alcohol Use": ["Drinking"], "Alcoholic Beverages": []},
    "Rude Gestures": {"Middle Finger": []},
    "Gambling": {},
    "Hate Symbols": {"Nazi Party": [], "White Supremacy": [], "Extremist": []},
}

# The parent of each label; "" for level 1.
PARENTS: dict[str, str] = {
    **dict.fromkeys(_TREE, ""),
    **{second: first for first, seconds in _TREE.items() for second in seconds},
    **{
        third: second
        for seconds in _TREE.values()
        for second, thirds in seconds.items()
        for third in thirds
    },
}


def with_ancestors(name: str) -> list[str]:
    """List a label and its ancestors, starting with the label.

    Raises:
        KeyError: there is no such label.
    """
    parent = PARENTS[name]
    return [name, *with_ancestors(parent)] if parent else [name]


class MalformedLabelsError(UsageError):
    """The text is not a list of labels and percentages; the message names the error."""


def parse_labels(text: str) -> dict[str, float]:
    """Parse a text such as `Explicit Nudity=97.5, Smoking=70` to percentages by label.

    Raises:
        MalformedLabelsError: a name is not in the taxonomy or a number is not a percentage.
    """
    labels = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        name, _, number = (part.strip() for part in entry.partition("="))
        if name not in PARENTS:
            message = f"{name!r} is not one of Rekognition's moderation labels"
            raise MalformedLabelsError(message)
        if not _PERCENTAGE.fullmatch(number):
            message = f"{entry!r} needs a percentage, as in {name}=97.5"
            raise MalformedLabelsError(message)
        labels[name] = float(number)
    return labels
