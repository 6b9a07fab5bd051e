"""The same request at a thousand and at a million rows: two databases in one server, a service on each."""
import itertools
import json
import time
import urllib.parse

import lab
import load
import measure as m

SMALL = 1000
WORDS = {'rare': '지르콘', 'middling': '무화과', 'frequent': '사과'}      # 20 of all, one in a hundred, every other
OWN_ORDERS, OWN_ALARMS, BUYERS = 100, 50, 1000
UUID = "('01926f00-0000-{kind}-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"
numbers = itertools.count(1)


def uuid(kind, n):
    return UUID.format(kind=kind, n=n)


def buyer(own, most):
    return f"CASE WHEN n <= {most} THEN '{own}'::uuid ELSE {uuid('7001', f'1 + n % {BUYERS}')} END"


def rows(own, first, last):
    """Rows first … last of each table. Triggers of foreign keys are off: what is referred to is made here, too."""
    some = f'generate_series({first}::bigint, {last}::bigint) n'
    at = f"timestamptz '{time.strftime('%Y-%m-%d', time.gmtime())}'"
    return [f"""INSERT INTO commerce.product (id, name, price_krw, stock, created_at, category_id, version, updated_at)
        SELECT {uuid('7000', 'n')}, CASE n % 2 WHEN 0 THEN '{WORDS['frequent']}' ELSE '배' END ||
               CASE n % 100 WHEN 7 THEN ' {WORDS['middling']} ' ELSE ' ' END ||
               CASE WHEN n % 50 = 9 AND n <= {SMALL} THEN '{WORDS['rare']} ' ELSE '' END || n,
               1000 + n * 7919 % 9973 * 100, 1000000000, {at}, c.id, 1, {at}
          FROM {some} JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS r FROM commerce.category) c ON c.r = n % 3""",
            f"""INSERT INTO commerce.orders (id, order_no, user_id, company_id, status, total_krw, discount_krw, paid_krw,
               line_count, first_product, created_at)
        SELECT {uuid('7000', 'n')}, 'grown_' || n, {buyer(own, OWN_ORDERS)}, '{own}', 'paid', 1000, 0, 1000, 1, '사과', {at}
          FROM {some};
        INSERT INTO commerce.shipping (order_id, status, recipient, phone, postal_code, address, version, updated_at)
        SELECT {uuid('7000', 'n')}, 'ordered', 'Bench', '01000000000', '04524', 'Seoul', 1, {at} FROM {some}""",
            f"""INSERT INTO notification.alarm (id, user_id, company_id, number, kind, message, source_id, source_kind, confirm,
               created_at, expires_at)
        SELECT {uuid('7000', 'n')}, {buyer(own, OWN_ALARMS)}, '{own}', 1 + n, 100, '사과 주문이 접수되었습니다.',
               {uuid('7000', 'n')}, 'order', n % 2 = 0, {at}, {at} + interval '14 days' FROM {some}""",
            f"""INSERT INTO commerce.outbox (event_id, type, version, occurred_at, tenant, key, partition, traceparent, payload,
               is_public, seq)
        SELECT {uuid('7000', 'n')}, 'order.placed', 1, {at}, '{own}', {buyer(own, OWN_ORDERS)}, n % 16,
               '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01', convert_to(repeat('x', 300), 'utf8'), true, 1 + n / 16
          FROM {some};
        UPDATE commerce.outbox_head h
           SET seq = coalesce((SELECT max(seq) FROM commerce.outbox o WHERE o.partition = h.partition), 0)"""]


PAIRS = 'product_by_pairs'


def grow(suite, database, own, first, last):
    """The index of pairs of letters is made again behind a large load, as whoever loads a million products does."""
    again = suite.sql(f"SELECT pg_get_indexdef('commerce.{PAIRS}'::regclass)") if last > 10 * SMALL else ''
    suite.sql(f"\\connect {database}\nSET session_replication_role = replica; SET synchronous_commit = off; "
              "SET maintenance_work_mem = '512MB'; SET search_path = commerce;\n" +
              (f'DROP INDEX {PAIRS};\n' if again else '') + ';\n'.join(rows(own, first, last) + [again]))
    suite.sql(f'\\connect {database}\nVACUUM ANALYZE')


def beside(suite, service, database):
    """The service once more, on the other database."""
    url = suite.dir / 'secrets' / f'{service}_{database}_url'
    url.touch(0o600)
    url.write_text(suite.secret(f'{service}_database_url').replace('/dure?', f'/{database}?'))
    return suite.apart(f'{service}-{database}', service, DURE_DATABASE_URL_FILE=url)


class Ask:
    """One caller and one request, at the service's own port."""

    def __init__(self, suite, person, service, method, path, body=None):
        self.suite, self.person, self.service, self.method, self.path = suite, person, service, method, path
        self.bodies = lab.OUT / 'growth.bodies'
        if body:
            self.bodies.write_text(json.dumps(body) + '\n')

    def heads(self):
        path = lab.OUT / 'growth.heads'
        path.write_text('Dure-Identity: ' + lab.identity(self.suite, self.person, self.service, self.method, self.path) + '\n')
        return path

    def side(self, name, port):
        url = f'http://127.0.0.1:{port}'

        def get(seconds):
            return load.wrk(name, url + self.path, 1, seconds, 'get.lua', self.heads())

        def post(seconds):
            return load.wrk(name, url, 1, seconds, 'send.lua', self.path, self.heads(), self.bodies, f'grown{next(numbers)}')
        return m.Side(name, post if self.method == 'POST' else get)


def asks(suite, person):
    grocery = suite.sql("SELECT id FROM commerce.category WHERE slug = 'grocery'")
    products = {'newest': '', 'by category': f'?categoryId={grocery}', 'cheapest': '?sort=cheapest', 'dearest': '?sort=dearest'}
    products.update({f'a {name} word': '?q=' + urllib.parse.quote(word) for name, word in WORDS.items()})
    one = suite.sql(f"SELECT {uuid('7000', '5')}")
    order = {'lines': [{'productId': one, 'quantity': 1}], 'recipient': 'Bench', 'phone': '01000000000', 'postalCode': '04524',
             'address': 'Seoul'}
    listed = {f'products, {name}': Ask(suite, person, 'commerce', 'GET', f'/api/products{query}')
              for name, query in products.items()}
    return {**listed, 'own orders': Ask(suite, person, 'commerce', 'GET', '/api/orders'),
            'own alarms': Ask(suite, person, 'notification', 'GET', '/api/alarms'),
            'an order placed (orders, outbox)': Ask(suite, person, 'commerce', 'POST', '/api/orders', order)}


def measure(plan, suite):
    large = plan.size(1_000_000, 5_000)
    suite.start('auth', 'commerce')
    person = lab.people(suite, 1)[0]
    suite.stop('auth', 'commerce')
    suite.sql("DROP DATABASE IF EXISTS large; "
              "TRUNCATE commerce.product, commerce.orders, notification.alarm, commerce.outbox CASCADE; "
              "UPDATE commerce.point_account SET balance_krw = 1000000000000")
    grow(suite, 'dure', person.user, 1, SMALL)
    suite.sql('CREATE DATABASE large TEMPLATE dure')
    grow(suite, 'large', person.user, SMALL + 1, large)
    suite.sql('CHECKPOINT')
    suite.configure()
    services = 'commerce', 'notification'
    beyond = {service: beside(suite, service, 'large') for service in services}
    suite.start(*services)
    try:
        for service, other in beyond.items():
            other.start(service)
        lines = []
        for what, ask in asks(suite, person).items():
            ports = beyond[ask.service].port(ask.service), suite.port(ask.service)
            got = m.contest(plan, [ask.side('large', ports[0]), ask.side('small', ports[1])], 1)
            lines.append(m.compare('growth', what, f'{large:,} rows beside {SMALL:,}', got['large'], got['small'], 'p50', most=1.5))
        return lines
    finally:
        for service, other in beyond.items():
            other.stop(service)
        suite.sql('DROP DATABASE IF EXISTS large WITH (FORCE)')
