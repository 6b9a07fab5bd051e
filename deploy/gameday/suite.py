"""A suite of its own for a game day or a drill: release binaries, free ports, everything under one folder.

Made by the scripts of deploy/dev. Three things are put in between, so that they can be broken while it runs: wires (wire.py)
before each provider and before commerce's doors on the bus, a clock per service (libfaketime), and a small file system
for the logs, when this runs in a mount namespace of its own (deploy/gameday/run)."""
import glob
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from wire import Wire

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = ['auth', 'billing', 'messaging', 'commerce', 'notification']
SERVICES = SCHEMAS + ['gateway']
PROVIDERS = {'toss': ('billing', 'DURE_TOSS_BASE_URL'), 'sens': ('messaging', 'DURE_SENS_BASE_URL'),
             's3': ('commerce', 'DURE_S3_BASE_URL')}
LOG_KIB = 16384


class Failed(Exception):
    """What ends the day: the suite itself could not be brought where the script needs it."""


def dev(script, *arguments, **more):
    """One of the scripts of deploy/dev; its standard output."""
    done = subprocess.run([f'{ROOT}/deploy/dev/{script}', *arguments], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise Failed(f'deploy/dev/{script} {arguments[0]}: {done.stdout}{done.stderr}')
    return done.stdout


def wait_until(holds, seconds, pause=0.05):
    """The seconds it took until holds() was true; None when it did not become so in time."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(pause)
    return time.monotonic() - began


class Suite:
    def __init__(self, folder, clocks=False):
        self.dir, self.clocks = folder, clocks
        self.wires, self.log_disk = {}, False

    # ---- making and ending it

    def start(self):
        self.remove()
        os.makedirs(f'{self.dir}/log')
        self.mount_logs()
        dev('databases', 'start', self.dir)
        dev('databases', 'roles', self.dir)
        dev('environment', self.dir, 'free')
        for service in SCHEMAS:
            dev('service', 'migrate', self.dir, service)
        dev('databases', 'grants', self.dir)
        dev('seed', self.dir)
        self.set('gateway', 'DURE_LIMITS', 'login=6000/60,default=60000/60,order=6000/60,payment=6000/60,signup=6000/60')
        if self.clocks:
            self.put_clocks()

    def run(self):
        dev('service', 'start', self.dir, 'sandbox', *SERVICES)
        dev('service', 'ready', self.dir, 'sandbox', *SERVICES)

    def stop(self):
        """Nothing runs any more; data and logs are still there."""
        if os.path.isdir(f'{self.dir}/pid'):
            dev('service', 'stop', self.dir, 'gateway')
            dev('service', 'stop', self.dir, *SERVICES, 'sandbox')
        if os.path.isfile(f'{self.dir}/place'):
            dev('databases', 'stop', self.dir)

    def remove(self):
        self.stop()
        if os.path.isfile(f'{self.dir}/place'):
            dev('databases', 'remove', self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)

    def mount_logs(self):
        """A file system for the logs alone; without leave to mount one they stay where they are."""
        if 'DURE_OWN_MOUNTS' not in os.environ:
            return
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={LOG_KIB}k', 'tmpfs', f'{self.dir}/log'],
                              capture_output=True, check=False)
        self.log_disk = done.returncode == 0

    # ---- what is put in between

    def set(self, service, name, value):
        path = f'{self.dir}/env/{service}.env'
        with open(path, encoding='utf-8') as file:
            lines = [line for line in file if not line.startswith(f'{name}=')]
        with open(path, 'w', encoding='utf-8') as file:
            file.writelines(lines + [f'{name}={value}\n'])

    def get(self, service, name):
        lines = self.read(f'env/{service}.env').splitlines()
        return next(line.partition('=')[2] for line in lines if line.startswith(f'{name}='))

    def put_wires(self):
        for provider, (service, name) in PROVIDERS.items():
            wire = self.wires[provider] = Wire(self.port('sandbox', 'http'))
            real = f'127.0.0.1:{self.port("sandbox", "http")}'
            self.set(service, name, self.get(service, name).replace(real, f'127.0.0.1:{wire.port}'))
        for door in 'pub', 'ask':
            self.wires[door] = Wire(self.port('commerce', door))
        real = f'commerce=127.0.0.1:{self.port("commerce", "pub")}:{self.port("commerce", "ask")}'
        wired = f'commerce=127.0.0.1:{self.wires["pub"].port}:{self.wires["ask"].port}'
        for service in SCHEMAS:
            self.set(service, 'DURE_BUS_PEERS', self.get(service, 'DURE_BUS_PEERS').replace(real, wired))

    def put_clocks(self):
        """Only the wall clock is moved: what must not depend on it has the monotonic one."""
        library = glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1')
        if not library:
            raise Failed('libfaketime is missing: run deploy/dev/install gameday')
        os.makedirs(f'{self.dir}/clocks')
        for service in SERVICES:
            self.move_clock('+0', [service])
            for name, value in (('LD_PRELOAD', library[0]), ('FAKETIME_TIMESTAMP_FILE', f'{self.dir}/clocks/{service}'),
                                ('FAKETIME_CACHE_DURATION', '1'), ('FAKETIME_DONT_FAKE_MONOTONIC', '1'),
                                ('FAKETIME_FORCE_MONOTONIC_FIX', '0')):
                self.set(service, name, value)

    def move_clock(self, by, services=None):
        for service in services or SERVICES:
            with open(f'{self.dir}/clocks/{service}.new', 'w', encoding='ascii') as file:
                file.write(by + '\n')
            os.rename(f'{self.dir}/clocks/{service}.new', f'{self.dir}/clocks/{service}')

    # ---- looking at it

    def port(self, service, door):
        return next(int(n) for s, d, n in map(str.split, self.read('env/ports').splitlines()) if (s, d) == (service, door))

    def url(self, service, door='http'):
        return f'http://127.0.0.1:{self.port(service, door)}'

    def secret(self, name):
        return self.read(f'secrets/{name}')

    def pids(self):
        return {service: self.read(f'pid/{service}').split()[0] for service in SERVICES}

    def read(self, path):
        with open(f'{self.dir}/{path}', encoding='utf-8') as file:
            return file.read().strip()

    def probe(self, service, path):
        """The status of a probe, 0 when nothing answers in the time that Kubernetes would give it."""
        try:
            with urllib.request.urlopen(self.url(service) + path, timeout=3) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def not_ready(self):
        return [service for service in SERVICES if self.probe(service, '/readyz') != 200]

    def not_alive(self):
        return [service for service in SERVICES if self.probe(service, '/livez') != 200]

    def metric(self, service, start):
        """The sum of the series that begin so."""
        with urllib.request.urlopen(self.url(service, 'manage') + '/metrics', timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(' ', 1)[1]) for line in lines if line.startswith(start))

    def sql(self, query):
        return dev('databases', 'psql', self.dir, '-qtA', '-d', 'dure', '-c', query).strip()

    def place(self):
        return self.read('place')

    def redis(self, *words):
        done = subprocess.run(['redis-cli', '-s', f'{self.place()}/redis/sock', *words], capture_output=True, text=True,
                              check=True, timeout=10)
        return done.stdout.strip()

    def signal_redis(self, number):
        with open(f'{self.place()}/redis/pid', encoding='ascii') as file:
            os.kill(int(file.read()), number)

    def check(self, *options):
        """dure-check: (is it sound, what it said)."""
        done = subprocess.run([f'{ROOT}/deploy/dev/service', 'run', self.dir, 'check', *options], capture_output=True,
                              text=True, check=False)
        return done.returncode == 0, done.stdout + done.stderr

    def freeze_redis(self):
        self.signal_redis(signal.SIGSTOP)

    def thaw_redis(self):
        self.signal_redis(signal.SIGCONT)
