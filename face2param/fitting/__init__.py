"""Search for the character whose picture measures like the photograph."""
