"""One picture at a time: Numba's default threading layer must not be entered from two threads."""

import threading

DRAWING = threading.Lock()
"""Held by whatever engine draws."""
