"""Label Studio: the prediction class, its protocol, and what an operator needs.

``backend`` answers clicks with the pure ``labeling``, ``prompt`` and ``result`` beside
it; ``routes`` is the protocol on our own application; ``fetching`` brings images;
``api`` and ``doctor`` speak with Label Studio for its operators; ``learning`` makes a
training set of what was labelled.
"""
