"""How close two pictures, landmark sets, label maps, identities, characters or faces in space are.

NumPy, SciPy and Numba only.
"""
