"""What is done to processes: killed, anywhere or at a point of their code, ended, frozen, left without files, log or the
right time. Each breaks, waits as long as it is told, mends again, and says what came of it."""
import calendar
import contextlib
import os
import resource
import signal
import socket
import time

from breaking import fault_points

HEARERS = ('messaging', 'notification')         # who only hears, of a shop that goes on
LOG_FULL = '/dev/full'
DISARMED_S = 0.05
SEOUL_S, MONTH_END_S = 9 * 3600, 12 * 3600
CLOCK_TOLD_S = 600                              # an event that bears the moved time: nearer than the hour it was moved by
PROBES = 16


def kill(c, name):
    c.ended(name, c.suite.end(name, signal.SIGKILL), (-9,))
    c.kills += 1


def kill_service(c):
    name = c.service()
    kill(c, name)
    c.wait(0.3)
    c.restart(name)
    return name


def kill_two(c):
    names = c.random.sample(c.suite.names, 2)
    for name in names:
        kill(c, name)
        c.suite.start(name)
    for name in c.suite.names:
        c.suite.wait_ready(name)
    return ' and '.join(names)


def dies_at(c, name, point):
    """Armed until somebody passes it, but not for ever: many points are off these customers' ways."""
    c.suite.arm(name, f'{point}=kill')
    until = time.monotonic() + 2 * c.scale
    while not c.suite.has_ended(name) and time.monotonic() < until:
        time.sleep(0.02)
    c.suite.arm(name, '')
    c.disarmed[name] = time.monotonic()
    time.sleep(DISARMED_S)
    return c.suite.has_ended(name)


def kill_at_point(c):
    """One point after the other until there is one that is passed."""
    for _ in range(len(fault_points())):
        name, point = c.next_point()
        if dies_at(c, name, point):
            c.ended(name, c.suite.processes[name].returncode, (-9,))
            c.kills += 1
            c.deaths_at[point] = c.deaths_at.get(point, 0) + 1
            c.restart(name)
            return f'{name} at {point}'
        c.quiet_points.add(point)
    c.world.findings.add('a fault was not felt', 'nobody has passed any point')
    return 'nobody'


def terminate(c):
    name = c.service()
    c.ended(name, c.suite.end(name, signal.SIGTERM), (0,))
    c.restart(name)
    return name


def frozen(c, name, while_it_is):
    c.suite.signal(name, signal.SIGSTOP)
    said = while_it_is()
    c.wait(3)
    c.suite.signal(name, signal.SIGCONT)
    return f'{name}, {said}'


def freeze(c):
    """Through what the others tell meanwhile."""
    before = c.told()
    return frozen(c, c.service(HEARERS), lambda: c.felt('events meanwhile', lambda: c.told() - before))


def freeze_service(c):
    return frozen(c, c.service(), lambda: 'for a while')


# ---- files, log and clock

def unanswered(port):
    """How many newcomers of PROBES at once get no answer in a second."""
    probes, n = [socket.socket() for _ in range(PROBES)], 0
    for probe in probes:
        probe.settimeout(1)
        with contextlib.suppress(OSError):
            probe.connect(('127.0.0.1', port))
            probe.sendall(b'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    until = time.monotonic() + 1
    for probe in probes:
        try:
            probe.settimeout(max(0.01, until - time.monotonic()))
            n += probe.recv(1) == b''
        except OSError:
            n += 1
        probe.close()
    return n


def few_files(c):
    """No new file or socket: the limit is the lowest number that is free."""
    name = c.service()
    pid = c.suite.processes[name].pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    taken = {int(number) for number in os.listdir(f'/proc/{pid}/fd')}
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(set(range(len(taken) + 1)) - taken), before[1]))
    said = c.felt('newcomers without an answer', lambda: unanswered(c.suite.port(name)))
    c.wait(2)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    return f'{name}, {said}'


def log_disk_full(c):
    """Every line of its log fails with ENOSPC."""
    name = c.service()
    c.ended(name, c.suite.end(name, signal.SIGTERM), (0,))
    c.restart(name, LOG_FULL)
    if os.readlink(f'/proc/{c.suite.processes[name].pid}/fd/2') != LOG_FULL:
        c.world.findings.add('a fault was not felt', f'{name} writes its log somewhere else')
    c.wait(2)
    c.ended(name, c.suite.end(name, signal.SIGTERM), (0,))
    c.restart(name)
    return name


def move_clock(c, seconds):
    """Until events bear the new time."""
    last = int(c.suite.sql('commerce', 'SELECT coalesce(max(id), 0) FROM outbox')[0][0])
    c.suite.move_clock(seconds)
    return c.felt('events at that time', lambda: int(c.suite.sql('commerce', (
        f"SELECT count(*) FROM outbox WHERE id > {last} AND abs(extract(epoch FROM occurred_at - '{c.suite.now_text()}')) < "
        f'{CLOCK_TOLD_S}'))[0][0]))


def clock_forth_and_back(c):
    said = move_clock(c, 3600)
    c.wait(2)
    c.suite.move_clock(-3600)
    c.wait(1)
    return said


def clock_back_and_forth(c):
    said = move_clock(c, -3600)
    c.wait(2)
    c.suite.move_clock(3600)
    c.wait(1)
    return said


def to_month_end(suite):
    """Seconds until the next month begins in Seoul."""
    now = suite.now().timestamp() + SEOUL_S
    month = time.gmtime(now)
    year, following = (month.tm_year + 1, 1) if month.tm_mon == 12 else (month.tm_year, month.tm_mon + 1)
    return int(calendar.timegm((year, following, 1, 0, 0, 0)) - now)


def begin_near_month_end(suite):
    """Whatever day it is: a jump over weeks would carry books beyond what is kept, and out of the sight of the checks."""
    suite.move_clock((to_month_end(suite) - MONTH_END_S) % (31 * 86400))


def clock_month_end(c):
    """To a moment before the next month begins, and over it."""
    c.suite.move_clock(to_month_end(c.suite) - 1)
    c.wait(3)
    return move_clock(c, 1)
