"""Idle sockets and one push to all of them: the Socket.IO room, and notification itself, beside npm's socket.io."""
import json
import os
import signal
import subprocess
import time

import lab
import measure as m

JOIN, SHOUT = '40/load,', '42/load,["shout",{"kind":100,"text":"an alarm of the bench","path":"/orders/1"}]'
PER_PROCESS = 5000      # a process may have 20,000 files open here
QUIET_S = 2


class Crowd:
    """n clients of one server, in as many processes as it takes."""

    def __init__(self, port, n, join, shout=None):
        self.n, sizes = n, [min(PER_PROCESS, n - at) for at in range(0, n, PER_PROCESS)]
        self.processes = [
            subprocess.Popen([lab.BIN / 'sockets', str(port), str(size), join, *([shout] if shout and i == 0 else [])], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE) for i, size in enumerate(sizes)]
        for process in self.processes:
            self.said(process, 'open')

    def said(self, process, word):
        line = process.stdout.readline().split()
        if not line or line[0] != word:
            raise RuntimeError(f'clients: {line} instead of {word}')
        return int(line[1])

    def push(self):
        """Milliseconds until the last has heard; who speaks is told last, when all others count."""
        for process in reversed(self.processes):
            process.stdin.write('shout\n')
            process.stdin.flush()
        begun = self.said(self.processes[0], 'sent')
        return (max(self.said(p, 'last') for p in self.processes) - begun) / 1000

    def close(self):
        for process in self.processes:
            process.stdin.close()
            process.wait(30)
            process.stdout.close()


def memory_per_socket(pid, empty_kib, n, collect=False):
    time.sleep(QUIET_S)
    if collect:
        os.kill(pid, signal.SIGUSR2)
        time.sleep(QUIET_S)
    return m.Sample(rate=(lab.memory_kib(pid) - empty_kib) / n)


def push_side(name, crowd, pid):
    def go(seconds):
        del seconds
        ms = crowd.push()
        return crowd.n, ms / 1000, ms, ms, 0
    return m.Side(name, go, lambda: [pid])


def rooms(plan, n):
    """Our server of the room and npm's side by side, with n clients each."""
    ports = lab.free_port(), lab.free_port()
    patient = {**os.environ, 'PING_INTERVAL': '25000', 'PING_TIMEOUT': '20000', 'CONNECT_TIMEOUT': '45000', 'IPV6': '0'}
    ours = lab.Program('sockets-dure', [lab.ROOT / 'build/release/socketio/conformance', ports[0]], ports[0], env=patient)
    npm = lab.ROOT / 'build/bench-npm'
    theirs = lab.Program('sockets-npm', ['node', '--expose-gc', npm / 'server.mjs', ports[1]], ports[1], cwd=npm)
    crowds = []
    try:
        empty = [lab.memory_kib(p.pid) for p in (ours, theirs)]
        crowds = [Crowd(port, n, JOIN, SHOUT) for port in ports]
        memory = [memory_per_socket(ours.pid, empty[0], n), memory_per_socket(theirs.pid, empty[1], n, collect=True)]
        got = m.contest(plan, [push_side('dure', crowds[0], ours.pid), push_side('npm', crowds[1], theirs.pid)])
    finally:
        for crowd in crowds:
            crowd.close()
        ours.close()
        theirs.close()
    return memory, got


UNHEARD = """SELECT (SELECT count(*) FROM commerce.outbox WHERE seq IS NULL) + count(*) FROM commerce.outbox_head h
    LEFT JOIN notification.inbox_cursor c ON c.publisher = 'commerce' AND c.partition = h.partition
    WHERE h.seq > coalesce(c.seq, 0)"""


def notification(suite, n):
    """The service itself: a token, a session and what was missed are looked at for each socket. Orders of other rows are
    alarms that it has to send first."""
    suite.start('auth', 'commerce', 'notification', 'gateway')
    lab.wait_for('all orders to be heard of', lambda: suite.sql(UNHEARD) == '0', 120, 0.1)
    person = lab.people(suite, 1)[0]
    lab.log_in(suite, [person])
    pid = suite.pid('notification')
    empty = lab.memory_kib(pid)
    crowd = Crowd(suite.port('notification', 'socketio'), n, '40' + json.dumps({'token': person.token}))
    try:
        return memory_per_socket(pid, empty, n)
    finally:
        crowd.close()


def memory_line(what, ours, theirs):
    return m.compare('alarms', what, 'npm socket.io', [ours], [theirs], most=0.25, unit=' KiB per socket', word='memory')


def measure(plan, suite):
    lines = []
    for n in plan.size((1000, 10000), (200,)):
        memory, got = rooms(plan, n)
        lines += [memory_line(f'{n} idle sockets of the room', *memory),
                  m.compare('alarms', f'one push to {n}, time to the last', 'npm socket.io', got['dure'], got['npm'], 'p50',
                            most=0.5)]
    return lines + [memory_line(f'{n} idle sockets of notification', notification(suite, n), memory[1])]
