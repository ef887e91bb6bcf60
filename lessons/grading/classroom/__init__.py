"""Grading a class: ``python -m lessons grade SUBMISSIONS/``.

``submissions`` finds who handed in what, ``reading`` takes the files out of folders and zips, and
``matching`` says which file is which exercise. A ``worker`` grades one submission and leaves a ``record``;
the command keeps several of them at work. From the records, and nothing else, come ``points``, the class's
commonest ``mistakes``, the ``similarity`` report, and what other programs read (``exports``). So weights
can change without grading anything again.
"""
