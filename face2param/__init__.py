"""From a face photograph to the parameters of a game character."""
