"""The built-in procedural head: geometry, look and hair made by code alone."""
