"""What reacts to time: ticks, the engine, delivery, sweeps, retention."""
