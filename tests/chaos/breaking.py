"""What the faults have in hand: the suite, the chance that chooses, the counts; and how everything is mended again."""
import os
import re
import signal
import time

from suite import ROOT

LATE_S = 10
ROLES = "~ '^dure_(auth|billing|messaging|commerce|notification)$'"


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


class Chaos:
    """What the faults work on: the world, the chance that chooses among services, and the counts."""
    def __init__(self, world, scale):
        self.world, self.suite, self.random, self.scale = world, world.suite, None, scale
        self.points, self.kills, self.deaths_at, self.quiet_points = [], 0, {}, set()
        self.disarmed = {}                # when, by name: who had passed his point by then may die a little later

    def begin(self, number):
        """What this fault draws, however often the ones before it have drawn."""
        self.random = self.world.rng('fault', number)

    def wait(self, seconds):
        time.sleep(seconds * self.scale)

    def felt(self, what, count):
        """Waits until count() is above zero and says so; that it stays there is a finding."""
        until = time.monotonic() + self.world.patience_s
        n = count()
        while n == 0 and time.monotonic() < until:
            time.sleep(0.05)
            n = count()
        if n == 0:
            self.world.findings.add('a fault was not felt', f'no {what} in {self.world.patience_s} s')
        return f'{n} {what}'

    def told(self):
        """How many events there are of those whom the customers keep busy."""
        return sum(int(self.suite.sql(schema, 'SELECT count(*) FROM outbox')[0][0]) for schema in ('billing', 'commerce'))

    def backends(self):
        return int(self.suite.sql('public', f'SELECT count(*) FROM pg_stat_activity WHERE usename {ROLES}')[0][0])

    def service(self, among=None):
        """One of them, or its second replica."""
        return self.random.choice([name for name in self.suite.names if among is None or name.rstrip('2') in among])

    def next_point(self):
        """(service, point): every point comes, in an order of chance, before one comes again; one that all share in anyone."""
        if not self.points:
            self.points = self.random.sample(fault_points(), len(fault_points()))
        owner, point = self.points.pop()
        return self.service(owner and (owner,)), point

    def restart(self, name, log=None):
        self.suite.start(name, log)
        self.suite.wait_ready(name)

    def died_late(self, name):
        return self.suite.processes[name].returncode == -9 and time.monotonic() - self.disarmed.get(name, -LATE_S) < LATE_S

    def look_after(self, why):
        """Nobody ends unless it is ended; who has is started again."""
        for name in ('sandbox', *self.suite.names):
            if self.suite.has_ended(name):
                if not self.died_late(name):
                    self.world.findings.add(f'{name} has ended by itself', f'{why}: {self.suite.processes[name].returncode}, '
                                            f'{self.suite.log_end(name)}')
                self.suite.start(name)

    def heal(self, why):
        """Whatever is still down or bent."""
        for name in self.suite.names:
            self.suite.arm(name, '')
            self.suite.signal(name, signal.SIGCONT)
        self.suite.databases('start')
        self.look_after(why)
        for name in self.suite.names:
            self.suite.wait_ready(name)

    def ended(self, name, status, wanted):
        if status not in wanted and not self.died_late(name):
            self.world.findings.add(f'{name} ended with {status}', self.suite.log_end(name))
