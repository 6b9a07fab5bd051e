"""The drill: orders flow, the database is destroyed, restored and checked: drill.py <folder> [dump|wal].

Two acts on suites of their own: one with a dump of an earlier moment, after which orders, payments and log-outs went on,
one with the changes streamed away as they happened. Prints what was lost and how long it took; exit status 0 when all
that README.md promises was so."""
import datetime
import os
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'gameday'))
import customer  # noqa: E402
from customer import new_key, want  # noqa: E402
from suite import SCHEMAS, SERVICES, Failed, Suite, dev, wait_until  # noqa: E402

PRICE, CHARGED, LATER, BEFORE_S, AFTER_S = 100, 1000000, 7000, 2, 3


def say(text):
    print(text, flush=True)


class Traffic(threading.Thread):
    """A customer who orders without a pause, and notes what was acknowledged when."""
    def __init__(self, suite):
        super().__init__(daemon=True)
        self.buyer = customer.Person(suite, '01000000002', suite.secret('demo_password'))
        self.operator = customer.Person(suite, '01000000001', suite.secret('operator_password'))
        want(200, self.operator.log_in())
        want(200, self.buyer.log_in())
        self.buyer.charge(CHARGED)
        self.product = self.operator.offer(PRICE, 100000)
        self.acked, self.ending = [], False
        wait_until(lambda: self.buyer.ask('GET', '/api/points').json()['balanceKrw'] >= CHARGED, 10)

    def run(self):
        while not self.ending:
            answer = self.buyer.order(self.product)
            if answer.status == 201:
                self.acked.append((time.monotonic(), answer.json()['id']))
            else:
                time.sleep(0.02)

    def end(self):
        self.ending = True
        self.join()


class Drill:
    def __init__(self, folder, kind):
        self.suite, self.kind, self.backup = Suite(f'{folder}/suite-{kind}'), kind, f'{folder}/backup-{kind}'
        shutil.rmtree(self.backup, ignore_errors=True)
        self.wrong = 0

    def judge(self, what, expected, seen):
        self.wrong += expected != seen
        say(f'  {"" if expected == seen else "DIFFERS ":8}{what}: {seen}' + ('' if expected == seen else f', expected {expected}'))

    # ---- PostgreSQL, as its administrator

    def environment(self):
        return os.environ | {'PGHOST': f'{self.suite.place()}/pg', 'PGUSER': 'postgres', 'PGDATABASE': 'dure',
                             'PGPASSFILE': f'{self.suite.dir}/secrets/pgpass'}

    def tool(self, name, *arguments):
        done = subprocess.run([f'{HERE}/{name}', *arguments], env=self.environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f'{name} {arguments}: {done.stdout}{done.stderr}')

    def destroy(self):
        """No shutdown, no last checkpoint: the server is gone and so are its files."""
        with open(f'{self.suite.place()}/pgdata/postmaster.pid', encoding='ascii') as file:
            server = int(file.readline())
        os.kill(server, 3)      # SIGQUIT, the immediate shutdown: all its processes end at once
        wait_until(lambda: not os.path.exists(f'/proc/{server}'), 10)
        shutil.rmtree(f'{self.suite.place()}/pgdata')

    def restore(self):
        if self.kind == 'wal':
            data = f'{self.suite.place()}/pgdata'
            self.tool('restore', 'wal', self.backup, data)
            if os.getuid() == 0:
                subprocess.run(['chown', '-R', 'postgres:', data], check=True)
            dev('databases', 'start', self.suite.dir, 'postgres')
            wait_until(lambda: self.suite.sql('SELECT pg_is_in_recovery()') == 'f', 60)
            return
        dev('databases', 'start', self.suite.dir, 'postgres')
        dev('databases', 'roles', self.suite.dir)
        for statement in 'DROP DATABASE dure', "CREATE DATABASE dure ENCODING 'UTF8' TEMPLATE template0":
            dev('databases', 'psql', self.suite.dir, '-q', '-c', statement)
        self.tool('restore', 'dump', self.backup)
        dev('databases', 'roles', self.suite.dir)
        dev('databases', 'psql', self.suite.dir, '-q', '-d', 'dure', '-f', f'{HERE}/end-sessions.sql')

    # ---- the act

    def play(self):
        say(f'\n== {"A dump of an earlier moment" if self.kind == "dump" else "A base backup and every change since"}')
        self.suite.start()
        self.suite.run()
        self.traffic = Traffic(self.suite)
        self.traffic.start()
        self.leaver = customer.Person(self.suite, self.traffic.buyer.phone, self.traffic.buyer.password)
        want(200, self.leaver.log_in())
        time.sleep(BEFORE_S)
        self.take()
        self.afterwards()
        began = time.monotonic()
        self.destroy()
        wait_until(lambda: set(SCHEMAS) <= set(self.suite.not_ready()), 10)
        self.traffic.end()
        say('  the database is destroyed; restoring by the steps of README.md')
        self.recover(began)
        self.losses(began)
        self.reconcile()
        self.check()

    def take(self):
        dev('databases', 'psql', self.suite.dir, '-q', '-c', 'SELECT 1')      # writes the password file
        began = time.monotonic()
        if self.kind == 'wal':
            self.stream = subprocess.Popen([f'{HERE}/backup', 'wal', self.backup], env=self.environment(),
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_until(lambda: os.path.isdir(f'{self.backup}/wal') and os.listdir(f'{self.backup}/wal'), 10)
        self.tool('backup', 'base' if self.kind == 'wal' else 'dump', self.backup)
        if self.kind == 'wal':      # only now: in the base backup it would make the restored server wait for a receiver
            for statement in "ALTER SYSTEM SET synchronous_standby_names = 'pg_receivewal'", 'SELECT pg_reload_conf()':
                dev('databases', 'psql', self.suite.dir, '-q', '-c', statement)
        size = sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(self.backup) for name in names)
        say(f'  the backup took {time.monotonic() - began:.1f} s, {size // 1048576} MiB, {len(self.traffic.acked)} orders so far')

    def afterwards(self):
        """What the dump does not know: orders, a payment, somebody who logs out."""
        self.traffic.buyer.charge(LATER)
        want(204, self.leaver.ask('DELETE', '/api/sessions/current'))
        time.sleep(AFTER_S)

    def recover(self, began):
        dev('service', 'stop', self.suite.dir, 'gateway')
        dev('service', 'stop', self.suite.dir, *SERVICES)
        self.step('the services are stopped', began)
        if self.kind == 'wal':
            self.stream.wait(30)
        self.restore()
        self.step('the database is restored', began)
        dev('databases', 'grants', self.suite.dir)
        self.suite.redis('FLUSHALL')
        self.said = dev('service', 'run', self.suite.dir, 'billing', 'cancels', 'off', 'restored by the drill')
        self.step('Redis is empty, automatic cancels are off', began)
        self.suite.run()
        self.step('all are ready', began)
        want(200, self.traffic.buyer.log_in())
        want(201, self.traffic.buyer.order(self.traffic.product))
        say(f'  RTO {time.monotonic() - began:.1f} s from the destruction to the next order')

    def step(self, what, began):
        say(f'  {time.monotonic() - began:5.1f} s  {what}')

    def losses(self, began):
        there = set(self.suite.sql('SELECT id FROM commerce.orders').split())
        lost = [at for at, order in self.traffic.acked if order not in there]
        say(f'  RPO {began - lost[0] if lost else 0:.1f} s: of {len(self.traffic.acked)} acknowledged orders {len(lost)} are lost')
        if self.kind == 'wal':
            self.judge('lost orders', 0, len(lost))
        self.judge('who has logged out comes in', '401', str(self.leaver.ask('GET', '/api/points', renewing=False).status))
        with open(f'{self.suite.dir}/acked', 'w', encoding='ascii') as file:
            file.writelines(order + '\n' for _, order in self.traffic.acked if order in there)

    # ---- the books against the provider

    def reconcile(self):
        """The payment since the dump is on the review list: nobody gives money back before a person has looked."""
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))).date().isoformat()
        operator = self.traffic.operator
        want(200, operator.log_in())
        self.judge('automatic cancels', 'off', self.said.split()[3])
        dev('service', 'run', self.suite.dir, 'billing', 'reconcile', today)
        path = f'/api/payment-reconciliations/{today}'
        took = wait_until(lambda: operator.ask('GET', path).status == 200, 30)
        self.judge('the day was compared', True, took is not None)
        reviews = want(200, operator.ask('GET', '/api/payment-reviews?limit=100')).json()['items']
        self.judge('captures that nobody here knows', 1 if self.kind == 'dump' else 0, len(reviews))
        for review in reviews:
            say(f'          {review["code"]}: order {review["orderId"]}, {review["capturedKrw"]} won; the operator gives it back')
            want(200, operator.ask('POST', f'/api/payment-reviews/{review["id"]}/decisions',
                                   {'decision': 'cancel', 'reason': 'lost with the database'}, new_key()))
        dev('service', 'run', self.suite.dir, 'billing', 'acknowledge', today, 'compared after the drill')
        self.judge('automatic cancels, acknowledged', 'on', dev('service', 'run', self.suite.dir, 'billing', 'cancels').split()[3])

    def check(self):
        sound, said = self.suite.check('--acked', f'{self.suite.dir}/acked', '--wait', '30')
        self.judge('dure-check', 'it adds up', 'it adds up' if sound else said)


def main(folder, kinds):
    wrong = 0
    for kind in kinds or ['dump', 'wal']:
        drill = Drill(folder, kind)
        try:
            drill.play()
        finally:
            drill.suite.stop()
        wrong += drill.wrong
        drill.suite.remove()
        shutil.rmtree(drill.backup)
    say(f'\ndrill: {"as promised" if wrong == 0 else f"{wrong} differed"}')
    return int(wrong > 0)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
