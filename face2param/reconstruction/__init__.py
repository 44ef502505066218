"""Photograph to 3D face: losses, renderer, networks and refinement over a morphable model."""
