"""How a model is examined; ``gpcis eval`` and ``mim test`` follow the same rules."""
