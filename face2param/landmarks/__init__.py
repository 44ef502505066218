"""The 68-point markup of a face, its groups and mirror table, and similarity transforms."""
