class Failure(Exception):
    """A benchmark could not be taken; the sentence says why."""
