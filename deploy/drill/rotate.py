"""Every secret is replaced while requests flow: rotate.py <folder>.

The steps are those of k8s/README.md, on one process per service. So a restart may be met (the caller is told that nothing was
done or to repeat); nobody may be refused, and nothing may fail for want of a key. Exit status 0 when it was so."""
import base64
import collections
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'gameday'))
import customer  # noqa: E402
from customer import want  # noqa: E402
from suite import ROOT, SCHEMAS, Suite, dev, wait_until  # noqa: E402

# What who meets a restart of a single process is told: nothing was done, or repeat it.
RESTARTED = {'no answer', '503 upstream.unreachable', '502 upstream.lost', '504 upstream.timeout', '503 event_key.unknown_now'}


class Caller(threading.Thread):
    """Somebody who reads, orders, renews, signs up and connects, without a pause."""
    def __init__(self, suite, product):
        super().__init__(daemon=True)
        self.suite, self.product, self.seen, self.ending = suite, product, collections.Counter(), False
        self.who = customer.Person(suite, '01000000002', suite.secret('demo_password'))
        want(200, self.who.log_in())

    def run(self):
        turns = [lambda: self.who.ask('GET', '/api/me'), lambda: self.who.ask('GET', '/api/alarms'),
                 lambda: self.who.order(self.product), lambda: self.who.ask('GET', '/api/wallet'), self.who.log_in,
                 lambda: self.who.intend(1000), self.feed, self.listen]
        while not self.ending:
            for turn in turns:
                answer = str(turn())
                self.seen[answer] += 1
                time.sleep(0.2 if answer in RESTARTED else 0)

    def feed(self):
        return customer.ask(self.suite.url('gateway') + '/api/events?publisher=commerce&limit=1', headers=self.event_key)

    def listen(self):
        said = self.who.listen()
        return '200' if said == 'let in' else '503 upstream.unreachable' if 'upstream' in said or 'busy' in said else said

    def end(self):
        self.ending = True
        self.join()


class Rotation:
    def __init__(self, suite):
        self.suite, self.wrong = suite, 0

    # ---- tools

    def key(self):
        return base64.b64encode(os.urandom(32)).decode()

    def put(self, name, value):
        path = f'{self.suite.dir}/secrets/{name}'
        with open(path + '.new', 'w', encoding='ascii') as file:
            file.write(value)
        os.rename(path + '.new', path)

    def restart(self, *services):
        for service in services:
            dev('service', 'stop', self.suite.dir, service)
            dev('service', 'start', self.suite.dir, service)
            dev('service', 'ready', self.suite.dir, service)

    def play(self, what, steps):
        caller = Caller(self.suite, self.product)
        caller.event_key = self.event_key
        caller.start()
        steps()
        time.sleep(0.5)
        caller.end()
        bad = {answer: n for answer, n in caller.seen.items() if answer[0] != '2' and answer not in RESTARTED}
        met = sum(n for answer, n in caller.seen.items() if answer in RESTARTED)
        self.wrong += bool(bad)
        print(f'  {"" if not bad else "DIFFERS ":8}{what:34} {sum(caller.seen.values())} requests, {met} met a restart' +
              (f', failed: {bad}' if bad else ''), flush=True)

    # ---- the secrets

    def signing_keys(self):
        path = f'{self.suite.dir}/secrets'
        subprocess.run(['openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', f'{path}/jwt_new.pem'],
                       check=True, capture_output=True)
        self.put('jwt_keys', f'k2:{path}/jwt_new.pem,' + self.suite.secret('jwt_keys'))
        who = customer.Person(self.suite, '01000000002', self.suite.secret('demo_password'))
        wait_until(lambda: who.log_in().status == 200 and customer.header(who.access)['kid'] == 'k2', 20, 0.5)

    def identity(self):
        old = {service: self.suite.secret(f'{service}_identity_keys') for service in SCHEMAS}
        self.put('identity_master', self.key())
        subprocess.run([f'{ROOT}/deploy/dev/identity-keys', f'{self.suite.dir}/secrets', *SCHEMAS], check=True)
        new = {service: self.suite.secret(f'{service}_identity_keys') for service in SCHEMAS}
        for keys in lambda s: f'{new[s]},{old[s]}', lambda s: new[s]:
            for service in SCHEMAS:
                self.put(f'{service}_identity_keys', keys(service))
            self.restart(*SCHEMAS)
            self.restart(*(['gateway'] if keys('auth') != new['auth'] else []))

    def pairs(self):
        pairs = {line[5:]: self.suite.secret(line) for line in os.listdir(f'{self.suite.dir}/secrets') if line.startswith('pair_')}
        new = {pair: f'{pair.split("-")[0]}:{self.key()}' for pair in pairs}
        self.put('auth_pair_keys', ','.join([*pairs.values(), *new.values()]))
        self.restart('auth')
        for pair, key in new.items():
            self.put(f'pair_{pair}', key)
        self.restart('gateway', *SCHEMAS)
        self.put('auth_pair_keys', ','.join(new.values()))
        self.restart('auth')

    def sealing(self):
        old, new = self.suite.secret('seal_key'), self.key()
        for service, value in ('messaging', f'{new},{old}'), ('auth', new), ('messaging', new):
            self.put('seal_key', value)
            self.restart(service)

    def webhooks(self):
        old, new = self.suite.secret('webhook_key'), self.key()
        for value in f'{old},{new}', f'{new},{old}':
            self.put('webhook_key', value)
            self.restart('notification')
        print(' ' * 10 + dev('service', 'run', self.suite.dir, 'notification', 'webhooks', 'reseal').strip())
        self.put('webhook_key', new)
        self.restart('notification')

    def database(self):
        """A second role to log in as, which is the first one from then on; the next time it is the other way round."""
        for service in SCHEMAS:
            role, password = f'dure_{service}_b', os.urandom(24).hex()
            with open(f'{ROOT}/deploy/db/second-login.sql', encoding='utf-8') as file:
                script = f'\\set role dure_{service}\n\\set login {role}\n\\set password {password}\n' + file.read()
            dev('databases', 'psql', self.suite.dir, '-q', '-d', 'dure', '-f', '-', input=script)
            url = self.suite.secret(f'{service}_database_url')
            before, _, behind = url.partition('@')
            self.put(f'{service}_database_url', f'postgresql://{role}:{password}@{behind}' if before else url)
            self.restart(service)

    def redis(self):
        """Two passwords are good until the old one is taken away."""
        port, one, two = 20000 + os.getpid() % 10000, os.urandom(24).hex(), os.urandom(24).hex()
        self.suite.redis('CONFIG', 'SET', 'port', str(port))
        number = self.suite.secret('redis_url').rpartition('db=')[2] if 'db=' in self.suite.secret('redis_url') else '0'
        for words, password in (('nopass',), one), ((f'>{one}',), one), ((f'>{two}',), two):
            self.suite.redis('ACL', 'SETUSER', 'default', *words)
            self.put('redis_url', f'redis://:{password}@127.0.0.1:{port}/{number}')
            self.restart('auth', 'notification', 'gateway')
        self.suite.redis('ACL', 'SETUSER', 'default', f'<{one}')

    def all(self):
        operator = customer.Person(self.suite, '01000000001', self.suite.secret('operator_password'))
        want(200, operator.log_in())
        self.product = operator.offer(1, 1000000)
        made = want(201, operator.ask('POST', '/api/event-keys', {'name': 'rotation', 'types': []})).json()
        self.event_key = {'Authorization': f'Dure-Event-Key {made["keyId"]}.{made["secret"]}'}
        want(201, operator.ask('POST', '/api/webhooks', {'url': 'http://127.0.0.1:9/', 'types': ['payment.settled']}))
        buyer = customer.Person(self.suite, '01000000002', self.suite.secret('demo_password'))
        want(200, buyer.log_in())
        buyer.charge(1000000)
        wait_until(lambda: buyer.ask('GET', '/api/points').json()['balanceKrw'] > 0, 10)
        for what, steps in (('signing keys, without a restart', self.signing_keys), ('identity master', self.identity),
                            ('keys between services', self.pairs), ('sealing of codes', self.sealing),
                            ('sealing of webhook secrets', self.webhooks), ('passwords of PostgreSQL', self.database)):
            self.play(what, steps)
        sound, said = self.suite.check('--wait', '30')
        self.wrong += not sound
        print('  it adds up' if sound else said)


def main(folder):
    suite = Suite(folder)
    try:
        suite.start()
        suite.run()
        rotation = Rotation(suite)
        rotation.all()
    finally:
        suite.stop()
    suite.remove()
    print('rotation: ' + ('as promised' if rotation.wrong == 0 else f'{rotation.wrong} differed'))
    return int(rotation.wrong > 0)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
