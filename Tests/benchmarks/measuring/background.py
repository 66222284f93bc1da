"""What goes on in a thread of its own while something else is measured."""

import threading


class Background:
    """Takes a step again and again until its block ends. A step that fails, fails the block: a figure that was taken
    without its load is none."""

    def __init__(self, step):
        self.steps = 0
        self._step = step
        self._failure = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            while not self._is_over.is_set():
                self._step()
                self.steps += 1
        except BaseException as failure:
            self._failure = failure

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._is_over.set()
        self._thread.join()
        if self._failure is not None and kind is None:
            raise self._failure
