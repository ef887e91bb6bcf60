"""Grading the exercises: ``python -m lessons check``.

The command (``command``) has a process of its own (``sandbox``, ``exercise_runner``) call a student's
functions (``student``, ``ways``) on the cases of an exercise (``cases``, ``model``, or ``stored`` in a
hand-out). That process returns values and nothing else. Here they are compared with what minigrad computes
(``oracle``, ``judge``, ``grade``); then the reason of a difference is looked for (``diagnose``, ``slopes``),
and the smallest input that shows it (``shrink``). What was found is printed (``columns``, ``report``,
``files``), with what a teacher may want to look at (``suspicious``).
"""
