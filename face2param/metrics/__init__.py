"""How close two pictures, landmark sets, label maps, identities or characters are. NumPy only."""
