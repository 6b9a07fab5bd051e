"""The suite under test and what stands beside it: run directories, ports, people, SQL, processes and their CPU time."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / 'build' / 'bench'
BIN = ROOT / 'build' / 'release' / 'bench'
TICK_US = 1_000_000 // os.sysconf('SC_CLK_TCK')
SCHEMAS = ('auth', 'billing', 'messaging', 'commerce', 'notification')
SERVICES = ('gateway', *reversed(SCHEMAS))
PASSWORD = 'bench-1-people!'
WHO_STAFF = 2


def run(command, **more):
    """Runs to the end; its output is what an error tells."""
    done = subprocess.run([str(c) for c in command], text=True, capture_output=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f'{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}')
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for(what, is_so, seconds=30.0, pause=0.01):
    """Asks until it is so; the only place where the bench waits for something it does not measure."""
    end = time.monotonic() + seconds
    while not (answer := is_so()):
        if time.monotonic() > end:
            raise RuntimeError(f'{what}: not within {seconds:.0f} s')
        time.sleep(pause)
    return answer


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


# ---- processes

def stat_of(pid):
    """Parent, ticks of its own, ticks of children it has waited for; None for one that has gone."""
    try:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def family(pid):
    """The process and its children."""
    stats = {int(p.name): stat_of(p.name) for p in pathlib.Path('/proc').iterdir() if p.name.isdigit()}
    return [pid] + [p for p, s in stats.items() if s and s[0] == pid]


def cpu_us(pids):
    """CPU time of these families so far, those of their children that have ended included."""
    total = 0
    for pid in pids:
        for member in family(pid):
            stat = stat_of(member)
            total += (stat[1] + (stat[2] if member == pid else 0)) if stat else 0
    return total * TICK_US


def ended_cpu_us():
    """CPU time of the programs that were run here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((used.ru_utime + used.ru_stime) * 1e6)


def memory_kib(pid):
    """RssAnon + RssShmem."""
    lines = pathlib.Path(f'/proc/{pid}/status').read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(('RssAnon:', 'RssShmem:')))


class Program:
    """A peer, started here and ended by its number."""

    def __init__(self, name, command, port=None, **more):
        self.log = open(OUT / f'{name}.log', 'w', encoding='utf-8')
        self.child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=self.log,
                                      stderr=self.log, **more)
        self.pid, self.name, self.port = self.child.pid, name, port
        if port:
            wait_for(f'{name} on port {port}', self.is_up)

    def is_up(self):
        if self.child.poll() is not None:
            raise RuntimeError(f'{self.name} has ended: {(OUT / (self.name + ".log")).read_text()[-2000:]}')
        return listens(self.port)

    def close(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()


# ---- the suite

class Suite:
    """Some services of one run directory, started and ended by deploy/dev/service."""

    def __init__(self, directory, postgres=None):
        self.dir, self.postgres = directory, postgres or directory

    def script(self, name, *arguments, **more):
        return run([ROOT / 'deploy/dev' / name, *arguments], **more)

    def start(self, *services):
        self.script('service', 'start', self.dir, *services)
        self.script('service', 'ready', self.dir, *services)

    def stop(self, *services):
        self.script('service', 'stop', self.dir, *services)

    def pid(self, service):
        return int((self.dir / 'pid' / service).read_text().split()[0])

    def port(self, service, door='http'):
        for line in (self.dir / 'env/ports').read_text().splitlines():
            if line.startswith(f'{service} {door} '):
                return int(line.split()[2])
        raise KeyError((service, door))

    def configure(self):
        """Free ports and the usual settings; between two rows nobody runs, and another program may take a port."""
        self.script('environment', self.dir, 'free')
        self.set('gateway', DURE_LIMITS=LIMITS)

    def doors(self, service):
        lines = (self.dir / 'env/ports').read_text().splitlines()
        return [line.split()[1] for line in lines if line.startswith(f'{service} ')]

    def set(self, service, **values):
        """Adds to what a service is told from its next start on."""
        path = self.dir / 'env' / f'{service}.env'
        lines = [line for line in path.read_text().splitlines() if line.split('=')[0] not in values]
        path.write_text('\n'.join(lines + [f'{k}={v}' for k, v in values.items()]) + '\n')

    def apart(self, name, service, **values):
        """One more of a service, with ports of its own and told something else."""
        beside = Suite(self.dir.parent / name, self.postgres)
        for folder in ('env', 'log', 'pid'):
            (beside.dir / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(self.dir / 'env' / f'{service}.env', beside.dir / 'env')
        doors = {door: free_port() for door in self.doors(service)}
        (beside.dir / 'env/ports').write_text(''.join(f'{service} {door} {port}\n' for door, port in doors.items()))
        told = (beside.dir / 'env' / f'{service}.env').read_text().splitlines()
        for door, port in doors.items():
            told = [line.replace(f':{self.port(service, door)}', f':{port}') if '_LISTEN=' in line else line for line in told]
        (beside.dir / 'env' / f'{service}.env').write_text('\n'.join(told) + '\n')
        beside.set(service, **values)
        return beside

    def sql(self, text):
        """As superuser; what it says, without decoration."""
        return self.script('databases', 'psql', self.postgres, '-qAt', '-f', '-', input=text,
                           env={**os.environ, 'PGDATABASE': 'dure'}).strip()

    def postmaster(self):
        place = pathlib.Path((self.postgres / 'place').read_text().strip())
        return int((place / 'pgdata/postmaster.pid').read_text().split()[0])

    def redis_pid(self):
        place = pathlib.Path((self.dir / 'place').read_text().strip())
        return int((place / 'redis/pid').read_text())

    def secret(self, name):
        return (self.postgres / 'secrets' / name).read_text().strip()


LIMITS = ','.join(f'{name}=100000000/60' for name in ('default', 'company', 'order', 'login'))


def begin_anew():
    """Ends what a run that was killed has left behind, and empties its folder."""
    close_suite(Suite(OUT / 'suite'))
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)


def open_suite(suite):
    """A fresh suite: its own PostgreSQL and Redis, schemas, services told to limit nobody."""
    suite.script('databases', 'start', suite.dir)
    suite.script('databases', 'roles', suite.dir)
    suite.configure()
    for schema in SCHEMAS:
        suite.script('service', 'migrate', suite.dir, schema)


def close_suite(suite):
    for directory in (suite.dir.parent.iterdir() if suite.dir.parent.exists() else ()):
        if (directory / 'pid').is_dir():
            names = [p.name for p in (directory / 'pid').iterdir()]
            if names:
                Suite(directory).stop(*names)
    if (suite.dir / 'place').exists():
        suite.script('databases', 'remove', suite.dir)


# ---- people

class Person:
    def __init__(self, phone, user, company):
        self.phone, self.user, self.company, self.token = phone, user, company, None


def call(port, method, path, body=None, token=None):
    """One request; its JSON."""
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    head = {'Content-Type': 'application/json', **({'Authorization': f'Bearer {token}'} if token else {})}
    c.request(method, path, json.dumps(body) if body is not None else None, head)
    r = c.getresponse()
    text = r.read()
    c.close()
    if r.status >= 300:
        raise RuntimeError(f'{method} {path}: {r.status} {text[:300]!r}')
    return json.loads(text) if text else None


def people(suite, n):
    """n people with a company each, who have an account of points; the services that hear of them must run."""
    known = int(suite.sql('SELECT count(*) FROM auth.users'))
    for i in range(known, n):
        suite.script('service', 'run', suite.dir, 'auth', 'user', 'add', f'0100000{i:04d}', f'bench{i}@dure.example',
                     f'Bench {i}', input=PASSWORD)
    wait_for('accounts of points', lambda: int(suite.sql('SELECT count(*) FROM commerce.point_account')) >= n)
    rows = suite.sql('SELECT u.phone, a.user_id, a.company_id FROM commerce.point_account a JOIN auth.users u ON u.id = a.user_id '
                     f'ORDER BY u.phone LIMIT {n}').splitlines()
    return [Person(*row.split('|')) for row in rows]


def log_in(suite, persons):
    for p in persons:
        p.token = call(suite.port('gateway'), 'POST', '/api/login', {'phone': p.phone, 'password': PASSWORD})['accessToken']


def identity(suite, person, service, method, path):
    """What the gateway would sign for this person's calls of one path, good for half a minute (common/token/identity.h)."""
    kid, key = suite.secret(f'{service}_identity_keys').split(':')
    nil = '00000000-0000-0000-0000-000000000000'
    plain = f'{time.time_ns() // 1000}|{WHO_STAFF}|{person.user}|{person.company}|ffffffff|{nil}|bench|127.0.0.1'
    payload = base64.urlsafe_b64encode(plain.encode()).rstrip(b'=').decode()
    bound = b''.join(struct.pack('>I', len(part)) + part
                     for part in (x.encode() for x in ('v1', kid, service, method, path, payload)))
    mac = base64.urlsafe_b64encode(hmac.digest(base64.b64decode(key), bound, hashlib.sha256)).rstrip(b'=').decode()
    return f'v1.{kid}.{payload}.{mac}'
