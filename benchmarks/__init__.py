"""How fast the model is: both engines beside programs in C and SimPy, as ratios within rounds."""
