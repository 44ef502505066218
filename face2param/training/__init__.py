"""What every training run has, whatever it trains: a logbook and checkpoints."""
