"""What is broken and how it heals, by the headings of README.md. Each begins with everything well and leaves it so."""
import os
import subprocess

import routes
from suite import dev

BALLAST = 'ballast'


class Fault:
    """press: what the callers of a broken provider do, so that its breaker is seen; provider: which."""
    def __init__(self, strike, heal, provider=None, press=None, clock=False):
        self.strike, self.heal, self.provider, self.press, self.clock = strike, heal, provider, press, clock


def wire(name, how):
    return Fault(lambda s: getattr(s.wires[name], how)(), lambda s: s.wires[name].mend())


def provider(name):
    fault = wire(name, 'shut')
    fault.provider, fault.press = name, getattr(routes, f'press_{name}')
    return fault


def clock(by, services=None):
    return Fault(lambda s: s.move_clock(by, services), lambda s: s.move_clock('+0'), clock=True)


def both(do):
    def each(suite):
        for name in 'pub', 'ask':
            do(suite.wires[name])
    return each


def fill_disk(suite):
    """Where no file system could be mounted, the services are started anew with /dev/full for a log."""
    if suite.log_disk:
        with open(f'{suite.dir}/log/{BALLAST}', 'wb') as file:
            subprocess.run(['dd', 'if=/dev/zero', f'of={file.name}', 'bs=4096'], capture_output=True, check=False)
        return
    for service in suite.pids():
        dev('service', 'stop', suite.dir, service)
        os.rename(f'{suite.dir}/log/{service}.log', f'{suite.dir}/log/{service}.kept')
        os.symlink('/dev/full', f'{suite.dir}/log/{service}.log')
    suite.run()


def empty_disk(suite):
    if suite.log_disk:
        os.remove(f'{suite.dir}/log/{BALLAST}')
        return
    for service in suite.pids():
        dev('service', 'stop', suite.dir, service)
        os.rename(f'{suite.dir}/log/{service}.kept', f'{suite.dir}/log/{service}.log')
    suite.run()


faults = {
    'PostgreSQL is stopped': Fault(lambda s: dev('databases', 'stop', s.dir, 'postgres'),
                                   lambda s: dev('databases', 'start', s.dir, 'postgres')),
    'Redis is stopped': Fault(lambda s: dev('databases', 'stop', s.dir, 'redis'),
                              lambda s: dev('databases', 'start', s.dir, 'redis')),
    'Redis is frozen': Fault(lambda s: s.freeze_redis(), lambda s: s.thaw_redis()),
    'Redis is emptied': Fault(lambda s: s.redis('FLUSHALL'), lambda s: None),
    'Toss Payments is down': provider('toss'),
    'SENS is down': provider('sens'),
    'S3 is down': provider('s3'),
    "The port of commerce's events is cut": wire('pub', 'cut'),
    'Both ports of commerce on the bus are cut': Fault(both(lambda w: w.cut()), both(lambda w: w.mend())),
    'The disk of the logs is full': Fault(fill_disk, empty_disk),
    'All clocks jump an hour ahead': clock('+1h'),
    'All clocks jump an hour back': clock('-1h'),
    'The clock of commerce alone jumps an hour ahead': clock('+1h', ['commerce']),
}
