"""Training of the parsing network: labelled pictures, recipes, losses, loop, previews."""
