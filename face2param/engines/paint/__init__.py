"""Skin, eyes and lashes painted on heads that come without textures.

Everything is drawn from the shape and its 68 landmarks: lengths are centimetres from the point
midway between the eyes, +y up, +z to the front. Nothing here is measured from people.
"""
