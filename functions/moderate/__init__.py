"""Asks Rekognition whether a picture is fit to be shown, and judges the answer."""
