"""Grading the exercises: ``python -m lessons check``.

The command (``command``) asks a process of its own (``sandbox``, ``worker``) to run a student's functions
(``student``) on the cases of an exercise (``cases``, ``model``), compares what they return with what
minigrad computes (``oracle``, ``judge``), looks for the reason of a difference (``diagnose``) and for the
smallest input that shows it (``shrink``), and prints what was found (``columns``, ``report``, ``files``).
"""
