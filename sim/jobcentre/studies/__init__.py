"""What `jobcentre init` writes: starter scenarios, and the scenario of an office from its own answers."""
