"""What is broken, as data: each fault is a function that breaks, waits as long as it is told, and mends again."""
import os
import re
import resource
import shutil
import signal
import subprocess
import time

from suite import ROOT

SUBSCRIBERS = ('billing', 'messaging', 'commerce', 'notification')
PROVIDER_ENDPOINTS = ('toss.confirm', 'toss.get', 'toss.cancel', 'sens.sms', 'sens.alimtalk')
LOG_FULL = '/dev/full'


class Chaos:
    """What the faults work on: the world, the chance that chooses among services, and the counts."""
    def __init__(self, world, random, scale):
        self.world, self.suite, self.random, self.scale = world, world.suite, random, scale
        self.points, self.kills, self.deaths_at = [], 0, {}

    def wait(self, seconds):
        time.sleep(seconds * self.scale)

    def service(self, among=None):
        """One of them, or its second replica."""
        return self.random.choice([name for name in self.suite.names if among is None or name.rstrip('2') in among])

    def next_point(self):
        """(service, point): all of them come, in an order of chance, before one comes again."""
        if not self.points:
            self.points = [(owner, point) for service, point in fault_points() for owner in
                           ([service] if service else SUBSCRIBERS)]
            self.random.shuffle(self.points)
        return self.points.pop()

    def restart(self, name, log=None):
        self.suite.start(name, log)
        self.suite.wait_ready(name)

    def ended(self, name, status, wanted):
        if status not in wanted:
            self.world.findings.add(f'{name} ended with {status}', self.suite.log_end(name))


# ---- processes

def kill_service(c):
    name = c.service()
    c.ended(name, c.suite.end(name, signal.SIGKILL), (-9,))
    c.kills += 1
    c.wait(0.3)
    c.restart(name)


def kill_two(c):
    for name in c.random.sample(c.suite.names, 2):
        c.ended(name, c.suite.end(name, signal.SIGKILL), (-9,))
        c.kills += 1
        c.suite.start(name)
    for name in c.suite.names:
        c.suite.wait_ready(name)


def fault_points():
    """(service, point) of every FAULT_POINT in the sources; those of common/ belong to every service."""
    found = []
    for folder, owner in (('common', None), ('services', True)):
        for path, _, files in sorted(os.walk(f'{ROOT}/{folder}')):
            for file in sorted(files):
                if not file.endswith('.c'):
                    continue
                with open(f'{path}/{file}', encoding='utf-8') as source:
                    points = re.findall(r'FAULT_(?:POINT|FAILS)\("([a-z_.]+)"\)', source.read())
                service = os.path.relpath(path, f'{ROOT}/services').split('/')[0]
                found += [(service if owner else None, point) for point in points]
    return sorted(set(found), key=str)


def kill_at_point(c):
    """Armed until somebody passes it, but not for ever: many points are off these customers' ways."""
    owner, point = c.next_point()
    name = c.service((owner,))
    c.suite.arm(name, f'{point}=kill')
    until = time.monotonic() + 2 * c.scale
    while not c.suite.has_ended(name) and time.monotonic() < until:
        time.sleep(0.02)
    died = c.suite.has_ended(name)
    c.suite.arm(name, '')
    if not died and c.suite.has_ended(name):
        died = True
    if died:
        c.ended(name, c.suite.processes[name].returncode, (-9,))
        c.kills += 1
        c.deaths_at[point] = c.deaths_at.get(point, 0) + 1
        c.restart(name)


def terminate(c):
    name = c.service()
    c.ended(name, c.suite.end(name, signal.SIGTERM), (0,))
    c.restart(name)


def freeze(c):
    name = c.service(SUBSCRIBERS)
    c.suite.signal(name, signal.SIGSTOP)
    c.wait(3)
    c.suite.signal(name, signal.SIGCONT)


# ---- databases

def pg_ctl(c, *words):
    as_user = ['runuser', '-u', 'postgres', '--'] if os.getuid() == 0 else []
    subprocess.run([*as_user, '/usr/lib/postgresql/15/bin/pg_ctl', '-D', f'{c.suite.place()}/pgdata', '-w', *words], cwd='/',
                   capture_output=True, check=True)


def postgres_immediate(c):
    pg_ctl(c, '-m', 'immediate', 'stop')
    c.kills += 1
    c.wait(0.5)
    c.suite.databases('start', 'postgres')


def postgres_restart(c):
    c.suite.databases('stop', 'postgres')
    c.suite.databases('start', 'postgres')


def postgres_cut(c):
    c.suite.sql('public', "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename LIKE 'dure_%'")


def postgres_full(c):
    """No connection is to be had: each role's limit is what it has none of."""
    names = [row[0] for row in c.suite.sql('public', "SELECT rolname FROM pg_roles WHERE rolname ~ '^dure_(auth|billing|"
                                                      "messaging|commerce|notification)$'")]
    for name in names:
        c.suite.sql('public', f'ALTER ROLE {name} CONNECTION LIMIT 0')
    postgres_cut(c)
    c.wait(1.5)
    for name in names:
        c.suite.sql('public', f'ALTER ROLE {name} CONNECTION LIMIT -1')


def redis_pid(c):
    with open(f'{c.suite.place()}/redis/pid') as file:
        return int(file.read())


def redis_kill(c):
    os.kill(redis_pid(c), signal.SIGKILL)
    c.kills += 1
    c.wait(0.5)
    c.suite.databases('start', 'redis')


def redis_freeze(c):
    pid = redis_pid(c)
    os.kill(pid, signal.SIGSTOP)
    c.wait(2)
    os.kill(pid, signal.SIGCONT)


def redis_flush(c):
    subprocess.run(['redis-cli', '-s', f'{c.suite.place()}/redis/sock', 'FLUSHALL'], capture_output=True, check=True)


# ---- the bus

def iptables(*words):
    return subprocess.run(['iptables', '-w', *words], capture_output=True, check=False).returncode == 0


def can_iptables():
    return os.getuid() == 0 and shutil.which('iptables') is not None and iptables('-L', 'INPUT', '-n')


def bus_partition(c):
    """Events of one publisher reach nobody, and nobody can ask it: not refused, swallowed. A minute in the long form."""
    name = c.service(('auth', 'billing', 'commerce', 'notification'))
    rules = [('INPUT', '-i', 'lo', '-p', 'tcp', side, str(c.suite.port(name, door)), '-j', 'DROP')
             for door in ('pub', 'ask') for side in ('--dport', '--sport')]
    try:
        for rule in rules:
            iptables('-I', *rule)
        c.wait(30 if c.scale > 1 else 6)
    finally:
        for rule in rules:
            iptables('-D', *rule)


# ---- the provider

def provider(mode, **more):
    def break_it(c):
        c.suite.switches(**{end: {'mode': mode, **more} for end in PROVIDER_ENDPOINTS})
        c.wait(3)
        c.suite.switches(**{end: None for end in PROVIDER_ENDPOINTS})
    return break_it


def webhooks_mad(c):
    c.suite.switches(webhook_duplicate=2, webhook_shuffle=1, webhook_late_ms=500)
    c.wait(4)
    c.suite.switches(webhook_duplicate=0, webhook_shuffle=0, webhook_late_ms=0)


# ---- the machine

def few_files(c):
    """No new file or socket: the limit is what is open already."""
    name = c.service()
    pid = c.suite.processes[name].pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    n = len(os.listdir(f'/proc/{pid}/fd'))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (n, before[1]))
    c.wait(2)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def log_disk_full(c):
    """Every line of its log fails with ENOSPC."""
    name = c.service()
    c.ended(name, c.suite.end(name, signal.SIGTERM), (0,))
    c.restart(name, LOG_FULL)
    c.wait(2)
    c.ended(name, c.suite.end(name, signal.SIGTERM), (0,))
    c.restart(name)


def clock_forth_and_back(c):
    c.suite.move_clock(3600)
    c.wait(2)
    c.suite.move_clock(-3600)
    c.wait(1)


def clock_back_and_forth(c):
    c.suite.move_clock(-3600)
    c.wait(2)
    c.suite.move_clock(3600)
    c.wait(1)


def clock_month_end(c):
    """To a moment before the next month begins in Seoul, and over it."""
    now = c.suite.now().timestamp() + 9 * 3600
    month = time.gmtime(now)
    year, following = (month.tm_year + 1, 1) if month.tm_mon == 12 else (month.tm_year, month.tm_mon + 1)
    begins = time.mktime((year, following, 1, 0, 0, 0, 0, 0, 0)) - time.timezone
    c.suite.move_clock(int(begins - now) - 1)
    c.wait(3)


# name, what breaks, how often it is drawn, how often at most in one run (None: any), what it needs
FAULTS = (
    ('kill', kill_service, 6, None, None),
    ('kill two', kill_two, 2, None, None),
    ('kill at a point', kill_at_point, 10, None, None),
    ('sigterm', terminate, 2, None, None),
    ('frozen subscriber', freeze, 2, None, None),
    ('postgres immediate', postgres_immediate, 2, None, None),
    ('postgres restart', postgres_restart, 1, None, None),
    ('postgres cut', postgres_cut, 1, None, None),
    ('postgres full', postgres_full, 1, None, None),
    ('redis killed', redis_kill, 1, None, None),
    ('redis frozen', redis_freeze, 1, None, None),
    ('redis flushed', redis_flush, 1, None, None),
    ('bus partition', bus_partition, 1, None, can_iptables),
    ('provider silent before', provider('timeout_before', delay_ms=1500), 1, None, None),
    ('provider silent after', provider('timeout_after', delay_ms=1500), 1, None, None),
    ('provider garbage', provider('garbage_after'), 1, None, None),
    ('provider error', provider('error500_after'), 1, None, None),
    ('provider outage', provider('refuse'), 1, None, None),
    ('webhooks twice and shuffled', webhooks_mad, 1, None, None),
    ('few files', few_files, 1, None, None),
    ('log disk full', log_disk_full, 1, None, None),
    ('clock forth and back', clock_forth_and_back, 1, None, None),
    ('clock back and forth', clock_back_and_forth, 1, None, None),
    ('month end', clock_month_end, 1, 1, None),
)


def plan(random, n):
    """n faults; every kind once before the rest is drawn."""
    able = [f for f in FAULTS if f[4] is None or f[4]()]
    missing = [f[0] for f in FAULTS if f not in able]
    first = random.sample(able, len(able))
    again = [f for f in able if f[3] is None]
    rest = random.choices(again, [f[2] for f in again], k=max(0, n - len(first)))
    drawn = (first + rest)[:n]
    random.shuffle(drawn)
    return drawn, missing


def heal(suite):
    """Whatever is still down or bent."""
    for name in suite.names:
        suite.arm(name, '')
    suite.databases('start')
    for name in ('sandbox', *suite.names):
        if suite.has_ended(name):
            suite.start(name)
    for name in suite.names:
        suite.wait_ready(name)
