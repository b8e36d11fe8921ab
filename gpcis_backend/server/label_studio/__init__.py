"""Label Studio: the prediction class, its protocol, and what an operator needs.

``backend`` answers clicks with the pure ``labeling``, ``prompt`` and ``result`` beside
it; ``fetch`` brings images; ``routes`` is the protocol on our own application.
"""
