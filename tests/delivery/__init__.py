"""Tests of a stack that delivers renditions through CloudFront."""
