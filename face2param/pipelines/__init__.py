"""Whole jobs: photograph to character, evaluation, and the pictures and files they write."""
