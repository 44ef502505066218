"""Meshes to pictures, in two halves.

`raster`, `normals` and `reference` are NumPy and Numba, for engines. The rest is the
differentiable renderer in TensorFlow: `rotations` and `cameras` pose and project, `rasterize`,
`interpolate`, `harmonics.shade` and `antialias` are the four steps to a picture, `draw` is the
first two in one, `mesh_normals`, `texture` and `masks` serve them. Import the modules that you
need: this file imports none.
"""
