"""CPU time of a call or of a program: all threads, user and system. Import before any library that starts threads."""

import os
import resource
import subprocess

# Libraries read these variables once.
for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[name] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def elapsed_s(who, work):
    before = resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def thread_s(work):
    """Returns the CPU time in seconds of this process for `work`."""
    return elapsed_s(resource.RUSAGE_SELF, work)


def child_s(command):
    """Returns the CPU time in seconds of a program, from its start to its end."""
    return elapsed_s(resource.RUSAGE_CHILDREN, lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
