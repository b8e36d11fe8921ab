"""Images of labeling tasks, brought here under rules of safety.

``fetch`` knows what a task may name, ``addresses`` what may be called, ``tokens`` who
may see which token, ``wire`` how long and how much is waited for.
"""
