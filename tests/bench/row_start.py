"""Start to ready of each service beside the others, and what each holds when nobody asks anything."""
import http.client
import os
import subprocess
import time

import lab
import measure as m

READY_MS, IDLE_MIB, SUITE_MIB = 100, 12, 80
IDLE_S = 3


def is_ready(port):
    try:
        c = http.client.HTTPConnection('127.0.0.1', port, timeout=1)
        c.request('GET', '/readyz')
        return c.getresponse().status == 200
    except OSError:
        return False


def start_once(suite, service):
    """Milliseconds from the start of the process to its first 200 at /readyz; it is killed again."""
    lines = (suite.dir / 'env' / f'{service}.env').read_text().splitlines()
    environment = dict(line.split('=', 1) for line in lines if '=' in line)
    with open(suite.dir / 'log' / f'{service}-start.log', 'a', encoding='utf-8') as log:
        begun = time.monotonic()
        child = subprocess.Popen([lab.ROOT / f'build/release/bin/dure-{service}'], env={'PATH': os.environ['PATH'], **environment},
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        lab.wait_for(f'{service} ready', lambda: is_ready(suite.port(service)), pause=0.001)
        return (time.monotonic() - begun) * 1000
    finally:
        child.kill()
        child.wait()


def starts(plan, suite, service):
    """With all the others running, which is what a replica finds when it is replaced."""
    suite.stop(service)
    took = [start_once(suite, service) for _ in range(plan.rounds)]
    suite.start(service)
    sample = m.Sample(rate=m.percentile(took, 0.5), p50=m.percentile(took, 0.5), p99=max(took))
    return m.bound('start', f'{service}: start to ready', sample, sample.p50, READY_MS, f'p50 ≤ {READY_MS} ms', unit=' ms')


def idle(what, kib, limit):
    return m.bound('start', f'{what}: idle memory', m.Sample(rate=kib / 1024), kib / 1024, limit, f'≤ {limit} MiB', unit=' MiB')


def measure(plan, suite):
    names = list(reversed(lab.SERVICES))
    suite.start(*names)
    time.sleep(plan.size(IDLE_S, 1))
    held = {name: lab.memory_kib(suite.pid(name)) for name in names}
    lines = [idle(name, kib, IDLE_MIB) for name, kib in held.items()]
    lines.append(idle('whole suite', sum(held.values()), SUITE_MIB))
    return lines + [starts(plan, suite, name) for name in plan.size(names, names[:2])]
