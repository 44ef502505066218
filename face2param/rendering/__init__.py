"""Raster kernels: triangles in, triangle ids, barycentrics and depth out. NumPy and Numba only."""
