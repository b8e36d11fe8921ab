"""An examination in one process or in many, with equal numbers."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeAlias

from gpcis_backend.data.sample import Samples
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.evaluate import LoadedPredictor, Task, run_task
from gpcis_backend.metrics import ObjectRun

Load: TypeAlias = Callable[[], LoadedPredictor]


def run_here(
    model: LoadedPredictor, samples: Mapping[str, Samples], tasks: Sequence[Task]
) -> Iterator[tuple[Task, ObjectRun]]:
    """Examine one object after the other; yields each as it is finished."""
    for task in tasks:
        yield task, run_task(model, samples, task)


def run_in_processes(
    load: Load, samples: Mapping[str, Samples], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, ObjectRun]]:
    """Examine several objects at a time; yields each as it is finished, in any order.

    Args:
        load: Gives the model; called once in each process, so it must be picklable.
        samples: Data sets by name.
        tasks: What to do.
        jobs: Number of processes, each with one thread.

    Raises:
        ModelUnavailable: A process died.
    """
    pool = ProcessPoolExecutor(
        min(jobs, len(tasks)),
        mp_context=get_context("spawn"),
        initializer=_Worker.start,
        initargs=(load, samples),
    )
    try:
        futures = {pool.submit(_Worker.run, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    except BrokenProcessPool as error:
        raise ModelUnavailable(
            f"One of {jobs} worker processes died, often for lack of memory. Finished "
            "objects are kept: run the same command again, with a smaller --jobs."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Worker:
    """The state of one worker process."""

    model: LoadedPredictor
    samples: Mapping[str, Samples]

    @classmethod
    def start(cls, load: Load, samples: Mapping[str, Samples]) -> None:
        """Load the model; the parent answers to Ctrl+C."""
        os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported, by ``load``
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_leave_with_parent, daemon=True).start()
        cls.model, cls.samples = load(), samples

    @classmethod
    def run(cls, task: Task) -> ObjectRun:
        """Examine one object."""
        return run_task(cls.model, cls.samples, task)


def _leave_with_parent() -> None:
    """End this process when its parent was killed, instead of waiting for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
