"""One group of the scheduler for a suite, its databases and who attacks it.

A Linux with autogroups gives each session a share of the processors of its own, and niceness counts within a session only.
Redis and each backend of PostgreSQL are sessions that mostly sleep. While others fill the processors such a one has been
seen to wait for seconds before it ran for a third of a millisecond: neither the attackers' merit nor the suite's fault. In a
group of the cpu controller, where containers and systemd put everybody anyhow, there are no autogroups."""
import contextlib
import os

MOUNTS = {'cpu': '/sys/fs/cgroup/cpu', 'cpu,cpuacct': '/sys/fs/cgroup/cpu,cpuacct', '': '/sys/fs/cgroup'}


def own_group():
    """The folder of the group that this process is in; of the cpu controller, or of all of them."""
    with open('/proc/self/cgroup') as lines:
        for _, controllers, path in (line.rstrip('\n').split(':', 2) for line in lines):
            if controllers in MOUNTS:
                return MOUNTS[controllers] + path.rstrip('/')
    return None


def enter(group):
    with open(f'{group}/cgroup.procs', 'w') as members:
        members.write(str(os.getpid()))


def has_shares(group):
    return os.path.exists(f'{group}/cpu.shares') or os.path.exists(f'{group}/cpu.weight')


@contextlib.contextmanager
def one_group():
    """Whoever is begun inside belongs to it. Gives False, and nothing else is changed, where that may not be. The empty group
    may outlive the run: who sweeps behind it is still in there."""
    before, group, entered = own_group(), None, False
    try:
        group = f'{before}/dure-attack'
        os.makedirs(group, exist_ok=True)
        if has_shares(group):
            enter(group)
            entered = True
    except OSError:
        pass
    try:
        yield entered
    finally:
        with contextlib.suppress(OSError):
            if entered:
                enter(before)
            os.rmdir(group)
