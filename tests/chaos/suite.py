"""A suite of its own on free ports: processes that can be ended and started again, databases, clock, fault points."""
import ctypes
import datetime
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get('KIT_BIN') or os.path.join(ROOT, 'build/test/bin')
SERVICES = ('auth', 'billing', 'messaging', 'commerce', 'notification', 'gateway')
SCHEMAS = SERVICES[:-1]
PR_SET_PDEATHSIG = 1
CLOCK_READ_S = 0.02                       # the file is read again after ten milliseconds
TWICE = ('commerce', 'notification')      # those of which there may be a second replica, "commerce2"
SANITIZERS = ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS')
PANIC_LINES = 40
PANICS = ('"event":"process.panic"', 'Sanitizer', 'runtime error:')


def lifted():
    """Every limit of the gateway, but for what it counts against an attacker's address."""
    with open(f'{ROOT}/services/gateway/limits.def') as lines:
        names = re.findall(r'^LIMIT\((\w+),', lines.read(), re.MULTILINE)
    return ','.join(f'{name}=1000000/60' for name in names if name not in ('bad_token', 'refusal'))


# What would stand in the way of many customers behind one address.
MANY = {
    'gateway': {'DURE_LIMITS': lifted()},
    'auth': {'DURE_ARGON2_MEMORY_KIB': '8', 'DURE_SMS_ADDRESS_DAILY_MAX': '1000000'},
}


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    """Below those that the kernel takes for outgoing connections."""
    while True:
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', random.randrange(12000, 32000)))
                return s.getsockname()[1]
            except OSError:
                pass


class Suite:
    """settings: variables by service. replicas: those of TWICE run twice, their doors shared by DURE_BUS_PEERS."""
    def __init__(self, settings, replicas=False):
        self.names = SERVICES + (tuple(f'{name}2' for name in TWICE) if replicas else ())
        self.dir = tempfile.mkdtemp(prefix='dure-chaos-', dir='/tmp')
        os.chmod(self.dir, 0o755)         # PostgreSQL's own user must be let in
        self.processes, self.offset_s = {}, 0
        self.logs = {}
        # SIGKILL runs no "finally": then the guard sweeps.
        subprocess.Popen([f'{ROOT}/tests/kit/sweep', self.dir, str(os.getpid())], start_new_session=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.databases('start')
        self.databases('roles')
        self.dev('environment', self.dir, 'free')
        for schema in SCHEMAS:
            self.dev('service', 'migrate', self.dir, schema)
        self.databases('grants')
        self.env = {name: self.read_env(name) for name in SERVICES + ('sandbox', 'check')}
        for name, values in settings.items():
            self.env[name].update(values)
        self.ports = {}
        with open(f'{self.dir}/env/ports') as lines:
            for line in lines:
                service, door, port = line.split()
                self.ports[service, door] = int(port)
        for name in self.names[len(SERVICES):]:
            self.add_replica(name)
        self.start('sandbox')
        for name in self.names:
            self.start(name)
        for name in self.names:
            self.wait_ready(name)

    def add_replica(self, name):
        """The environment of the first with doors of its own, which all who hear the first are told of."""
        first = name.rstrip('2')
        doors = {port: door for (service, door), port in self.ports.items() if service == first}
        env = self.env[name] = dict(self.env[first])
        for variable in [v for v in env if v.endswith('LISTEN')]:
            door = doors[int(env[variable].rsplit(':', 1)[1])]
            self.ports[name, door] = free_port()
            env[variable] = f'127.0.0.1:{self.ports[name, door]}'
        env['DURE_FAULTS_FILE'] += '2'
        for other in self.env.values():
            if 'DURE_BUS_PEERS' in other:
                other['DURE_BUS_PEERS'] += f',{first}=127.0.0.1:{self.ports[name, "pub"]}:{self.ports[name, "ask"]}'

    # ---- the scripts of deploy/dev

    def dev(self, script, *words):
        env = dict(os.environ, DURE_FLAVOUR='test', DURE_BIN=BIN)
        done = subprocess.run([f'{ROOT}/deploy/dev/{script}', *words], env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f'deploy/dev/{script} {" ".join(words)}: {done.stderr}')
        return done.stdout

    def databases(self, command, *which):
        return self.dev('databases', command, self.dir, *which)

    def read_env(self, name):
        with open(f'{self.dir}/env/{name}.env') as lines:
            return dict(line.rstrip('\n').split('=', 1) for line in lines)

    def sql(self, schema, statement):
        """Rows as lists of texts, as superuser."""
        out = self.databases('psql', '-d', 'dure', '-qAtX', '-c', f'SET search_path = {schema}', '-c', statement)
        return [line.split('|') for line in out.splitlines()]

    def place(self):
        with open(f'{self.dir}/place') as file:
            return file.read().strip()

    # ---- processes

    def port(self, service, door='http'):
        return self.ports[service, door]

    def url(self, service):
        return f'http://127.0.0.1:{self.port(service)}'

    def start(self, name, log=None):
        env = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC', **self.env[name],
               **{name: os.environ[name] for name in SANITIZERS if name in os.environ}}
        self.logs[name] = f'{self.dir}/log/{name}.log'
        os.makedirs(f'{self.dir}/log', exist_ok=True)
        with open(log or self.logs[name], 'ab') as out:
            self.processes[name] = subprocess.Popen([f'{BIN}/dure-{name.rstrip("2")}'], env=env, cwd='/', stdout=out, stderr=out,
                                                    stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def is_ready(self, name):
        path = 'livez' if name == 'sandbox' else 'readyz'
        try:
            with urllib.request.urlopen(f'{self.url(name)}/{path}', timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait_ready(self, name, seconds=60):
        until = time.monotonic() + seconds
        while not self.is_ready(name):
            if time.monotonic() > until:
                raise RuntimeError(f'{name} is not ready; its log ends with {self.log_end(name)}')
            time.sleep(0.05)

    def log_end(self, name):
        with open(self.logs[name], errors='replace') as file:
            return file.read()[-1500:]

    def signal(self, name, number):
        self.processes[name].send_signal(number)

    def has_ended(self, name):
        return self.processes[name].poll() is not None

    def end(self, name, number, seconds=30):
        """Ends it by that signal; its exit status."""
        process = self.processes[name]
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.keep_stacks(name)
            process.kill()
            process.wait()
            return 'no end'

    def keep_stacks(self, name):
        """Where its threads are goes into its log, when there is a debugger."""
        if shutil.which('gdb') is not None:
            with open(self.logs[name], 'ab') as out:
                subprocess.run(['gdb', '-p', str(self.processes[name].pid), '-batch', '-ex', 'thread apply all backtrace 12'],
                               stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, timeout=60, check=False)

    # ---- clock, faults, the sandbox

    def move_clock(self, seconds):
        """Who looks at the clock from here on sees it moved."""
        self.offset_s += seconds
        with open(f'{self.dir}/clock.new', 'w') as file:
            file.write(f'{self.offset_s * 1000000}\n')
        os.rename(f'{self.dir}/clock.new', f'{self.dir}/clock')
        time.sleep(CLOCK_READ_S)

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.offset_s)

    def now_text(self, seconds=0):
        return (self.now() + datetime.timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%SZ')

    def arm(self, name, faults):
        with open(f'{self.dir}/faults/.{name}', 'w') as file:
            file.write(faults)
        os.rename(f'{self.dir}/faults/.{name}', f'{self.dir}/faults/{name}')

    def switches(self, **switches):
        ask = urllib.request.Request(f'{self.url("sandbox")}/sandbox/switches', json.dumps(switches).encode(), method='PUT')
        with urllib.request.urlopen(ask, timeout=10) as answer:
            answer.read()

    def provider_calls(self, endpoints):
        """How often they have been called."""
        with urllib.request.urlopen(f'{self.url("sandbox")}/sandbox/state.json', timeout=10) as answer:
            calls = json.load(answer)['calls']
        return sum(calls.get(endpoint, 0) for endpoint in endpoints)

    def operator(self, phone, password):
        done = subprocess.run([f'{BIN}/dure-auth', 'operator', 'add', phone, f'{phone}@dure.example', 'Boss'], text=True,
                              env={'PATH': '/usr/bin:/bin', **self.env['auth']}, input=password + '\n', capture_output=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def check(self, *words):
        """dure-check's report as (exit status, JSON)."""
        done = subprocess.run([f'{BIN}/dure-check', '--json', '--now', self.now_text(), *words], text=True, capture_output=True,
                              env={'PATH': '/usr/bin:/bin', **self.env['check']}, check=False)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {'rules': [], 'said': done.stdout + done.stderr}

    def panics(self):
        """Each with the lines behind it, which say where."""
        found = []
        for name, path in self.logs.items():
            with open(path, errors='replace') as file:
                lines = iter(file.read().splitlines())
            for line in lines:
                if any(word in line for word in PANICS):
                    said = [line, *itertools.islice(lines, PANIC_LINES)]
                    found.append(f'{name}: ' + '\n    '.join(each.strip()[:400] for each in said))
        return found

    def end_all(self):
        """Ends whoever runs; who did not end well."""
        wrong = []
        for name, process in self.processes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                status = self.end(name, signal.SIGTERM)
                if status != 0:
                    wrong.append(f'{name} ended with {status} on SIGTERM')
        return wrong

    def close(self, keep):
        self.end_all()
        self.databases('remove')
        if keep:
            kept = f'{ROOT}/build/chaos/{os.path.basename(self.dir)}'
            shutil.copytree(f'{self.dir}/log', kept, ignore_dangling_symlinks=True)
            print(f'the logs are in {kept}')
        shutil.rmtree(self.dir, ignore_errors=True)
