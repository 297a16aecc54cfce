"""What the simulated agencies share. Knows nothing of the hub's code."""
