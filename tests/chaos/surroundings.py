"""What is done to all that the services lean on: databases, bus, provider. Each breaks, waits as long as it is told, mends
again, and says what came of it."""
import os
import shutil
import signal
import subprocess

from breaking import ROLES

PROVIDER_ENDPOINTS = ('toss.confirm', 'toss.get', 'toss.cancel', 'sens.sms', 'sens.alimtalk')


# ---- databases

def unready(c):
    return c.felt('services are not ready', lambda: sum(not c.suite.is_ready(name) for name in ('auth', 'gateway')))


def pg_ctl(c, *words):
    as_user = ['runuser', '-u', 'postgres', '--'] if os.getuid() == 0 else []
    subprocess.run([*as_user, '/usr/lib/postgresql/15/bin/pg_ctl', '-D', f'{c.suite.place()}/pgdata', '-w', *words], cwd='/',
                   capture_output=True, check=True)


def postgres_immediate(c):
    said = f'{c.backends()} connections lost'
    pg_ctl(c, '-m', 'immediate', 'stop')
    c.kills += 1
    unready(c)
    c.suite.databases('start', 'postgres')
    return said


def postgres_restart(c):
    said = f'{c.backends()} connections lost'
    c.suite.databases('stop', 'postgres')
    c.suite.databases('start', 'postgres')
    return said


def cut(c):
    return int(c.suite.sql('public', f'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename {ROLES}')[0][0])


def postgres_cut(c):
    return c.felt('connections cut', lambda: cut(c))


def postgres_full(c):
    """No connection is to be had: each role's limit is what it has none of."""
    names = [row[0] for row in c.suite.sql('public', f'SELECT rolname FROM pg_roles WHERE rolname {ROLES}')]
    before = c.suite.sql('public', f'SELECT max(rolconnlimit) FROM pg_roles WHERE rolname {ROLES}')[0][0]
    for name in names:
        c.suite.sql('public', f'ALTER ROLE {name} CONNECTION LIMIT 0')
    n = cut(c)
    c.wait(1.5)
    if c.backends() > 0:
        c.world.findings.add('a fault was not felt', 'connections where none is to be had')
    for name in names:
        c.suite.sql('public', f'ALTER ROLE {name} CONNECTION LIMIT {before}')
    return f'{n} connections cut, no new ones'


def redis_pid(c):
    with open(f'{c.suite.place()}/redis/pid') as file:
        return int(file.read())


def redis(suite, *words):
    done = subprocess.run(['redis-cli', '-s', f'{suite.place()}/redis/sock', *words], capture_output=True, check=False, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'redis-cli {" ".join(words)}: {done.stderr}')
    return done.stdout.strip()


def redis_kill(c):
    os.kill(redis_pid(c), signal.SIGKILL)
    c.kills += 1
    said = unready(c)
    c.suite.databases('start', 'redis')
    return said


def redis_freeze(c):
    pid = redis_pid(c)
    os.kill(pid, signal.SIGSTOP)
    said = unready(c)
    c.wait(2)
    os.kill(pid, signal.SIGCONT)
    return said


def redis_flush(c):
    said = c.felt('keys', lambda: int(redis(c.suite, 'DBSIZE')))
    if redis(c.suite, 'FLUSHALL') != 'OK':
        c.world.findings.add('a fault was not felt', 'Redis does not empty itself')
    return said


# ---- the bus

def iptables(*words):
    return subprocess.run(['iptables', '-w', *words], capture_output=True, check=False).returncode == 0


def can_iptables():
    return os.getuid() == 0 and shutil.which('iptables') is not None and iptables('-L', 'INPUT', '-n')


def dropped(ports):
    """Packets of those ports that came to nothing."""
    said = subprocess.run(['iptables', '-w', '-nvxL', 'INPUT'], capture_output=True, check=True, text=True).stdout
    lines = [line.split() for line in said.splitlines() if 'DROP' in line]
    return sum(int(words[0]) for words in lines if words[-1].partition(':')[2] in ports)


def bus_partition(c):
    """Events of one publisher reach nobody, and nobody can ask it: not refused, swallowed. A minute in the long form."""
    name = c.service(('auth', 'billing', 'commerce', 'notification'))
    ports = [str(c.suite.port(name, door)) for door in ('pub', 'ask')]
    rules = [('INPUT', '-i', 'lo', '-p', 'tcp', side, port, '-j', 'DROP') for port in ports for side in ('--dport', '--sport')]
    try:
        for rule in rules:
            iptables('-I', *rule)
        c.wait(30 if c.scale > 1 else 6)
        return f'{name}, {c.felt("packets dropped", lambda: dropped(ports))}'
    finally:
        for rule in rules:
            iptables('-D', *rule)


# ---- the provider

def provider(mode, ends=PROVIDER_ENDPOINTS, **more):
    def break_it(c):
        c.suite.switches(**{end: {'mode': mode, **more} for end in ends})
        before = c.suite.provider_calls(ends)
        c.wait(3)
        said = c.felt('calls', lambda: c.suite.provider_calls(ends) - before)
        c.suite.switches(**{end: None for end in ends})
        return said
    return break_it


def webhooks_mad(c):
    before = c.suite.provider_calls(('toss.confirm',))
    c.suite.switches(webhook_duplicate=2, webhook_shuffle=1, webhook_late_ms=500)
    c.wait(4)
    said = c.felt('payments', lambda: c.suite.provider_calls(('toss.confirm',)) - before)
    c.suite.switches(webhook_duplicate=0, webhook_shuffle=0, webhook_late_ms=0)
    return said
