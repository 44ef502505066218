"""Training of LightCNN: lists of people, distillation, recipes, losses, loop, previews."""
