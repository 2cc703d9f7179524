"""Asks Rekognition for moderation labels and judges them."""
