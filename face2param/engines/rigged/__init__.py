"""Heads from glTF files as engines: the head file, the rig, and drawing."""
