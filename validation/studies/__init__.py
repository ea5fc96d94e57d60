"""Published studies of load, sickness and leaving, done again on the model's own logs."""
