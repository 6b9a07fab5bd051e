"""POST /api/orders through the gateway and at commerce's own port, beside pgbench running the same statements."""
import itertools
import json
import sys

import lab
import load
import measure as m

sys.path.insert(0, str(lab.ROOT / 'common/gen'))
import sql as statements  # noqa: E402  pylint: disable=wrong-import-position

CLIENTS, PRODUCTS, BUYERS = 8, 1000, 32
PATH = '/api/orders'
PRODUCT = "('01926f00-0000-7000-8000-' || lpad(to_hex({}::bigint), 12, '0'))::uuid"
numbers = itertools.count(1)

# What stands for each parameter of a statement; :order, :buyer and :product are uuids made of numbers.
CLAIM = dict(tenant=':buyer', route="'order_create'", key="'bench-' || :n::bigint", digest="decode(:digest, 'hex')")
PARAMETERS = {
    'idempotency_claim': CLAIM,
    'order_open': dict(product_ids='ARRAY[:product]', user_id=':buyer', registered_coupon_id='NULL', now=':now'),
    'order_write': dict(
        order_id=':order', order_no="'bench_' || :n::bigint", user_id=':buyer', company_id=':buyer', total_krw='1000',
        discount_krw='0', paid_krw='1000', registered_coupon_id='NULL', first_product="'bench product'", entry_id=':order', placed_at=':now',
        product_ids='ARRAY[:product]', names="ARRAY['bench product']", prices='ARRAY[1000]', quantities='ARRAY[1]',
        reduced='ARRAY[0]', coupon_shares='ARRAY[0]', discount_ids="ARRAY['00000000-0000-0000-0000-000000000000']",
        discount_names="ARRAY['']", recipient="'Bench'", phone="'01000000000'", postal_code="'04524'",
        address="'1 Sejong-daero, Seoul'", address_detail='NULL'),
    'outbox_insert': dict(
        event_id=':order', type=':type', version='1', occurred_at=':now', tenant=':buyer', key=':buyer',
        partition=':client_id', trace=':trace', payload="decode(:payload, 'hex')", is_public='true'),
    'idempotency_keep': dict(CLAIM, status='201', headers=':headers', answer="decode(:answer, 'hex')", at=':now'),
}
FILES = ('common/http/idempotency.sql', 'services/commerce/order/create.sql', 'common/outbox/outbox.sql')


def said_by(statement):
    """The statement with the parameters above, each in its own type."""
    text = statement.text
    for number, column in reversed(list(enumerate(statement.ins, 1))):
        text = text.replace(f'${number}', f'({PARAMETERS[statement.name][column.name]})::{column.type}')
    for name, value in (('order', "lpad(to_hex(:n::bigint), 32, '0')::uuid"), ('buyer', PRODUCT.format(':u')),
                        ('product', PRODUCT.format(':p'))):
        text = text.replace(f':{name})', f'{value})').replace(f':{name}]', f'{value}]')
    return ' '.join(line for line in text.split('\n') if not line.strip().startswith('--')) + ';\n'


def script(suite):
    """The two round trips of order_create, as the service sends them, for pgbench."""
    known = {s.name: s for path in FILES for s in statements.parse(lab.ROOT / path)}
    said = {name: said_by(known[name]) for name in PARAMETERS}
    kept = suite.sql("SELECT json_build_object('headers', headers, 'answer', encode(answer, 'hex'), "
                     "'digest', encode(digest, 'hex')) FROM commerce.idempotency LIMIT 1")
    told = suite.sql("SELECT json_build_object('type', type, 'trace', traceparent, 'payload', encode(payload, 'hex')) "
                     "FROM commerce.outbox WHERE type = 'order.placed' LIMIT 1")
    path = lab.OUT / 'order.pgbench'
    path.write_text(
        f'\\set k :k + 1\n\\set n :k * {CLIENTS} + :client_id\n\\set u :n % {BUYERS} + 1\n\\set p random(1, {PRODUCTS})\n\\startpipeline\nBEGIN;\n'
        f'{said["idempotency_claim"]}{said["order_open"]}\\endpipeline\n\\startpipeline\n{said["order_write"]}'
        f'{said["outbox_insert"]}{said["idempotency_keep"]}COMMIT;\n\\endpipeline\n')
    return path, {**json.loads(kept), **json.loads(told), 'now': '2026-01-02T00:00:00Z'}


def seed(suite, name='dure'):
    """Products, and buyers who have no log-in but points."""
    suite.sql(f"""
        \\connect {name}
        SET search_path = commerce;
        INSERT INTO product (id, name, price_krw, stock, description, created_at, category_id, version, updated_at)
        SELECT {PRODUCT.format('n')}, 'bench product', 1000, 1000000000, 'of the bench', '2026-01-01', c.id, 1, '2026-01-01'
          FROM generate_series(1, {PRODUCTS}) n, category c WHERE c.slug = 'grocery';
        INSERT INTO point_account (user_id, company_id, balance_krw)
        SELECT {PRODUCT.format('n')}, {PRODUCT.format('n')}, 1000000000000 FROM generate_series(1, {BUYERS}) n;
        ANALYZE""")


def write_lines(name, lines):
    path = lab.OUT / name
    path.write_text('\n'.join(lines) + '\n')
    return path


def orders(name, port, heads, bodies, programs, suite):
    def go(seconds):
        url = f'http://127.0.0.1:{port}'
        return load.wrk(name, url, CLIENTS, seconds, 'send.lua', PATH, heads(), bodies, str(next(numbers)))
    return m.Side(name, go, lambda: [suite.pid(p) for p in programs], suite.postmaster)


def beside(suite, path, values):
    """pgbench in a database of its own, so that the relay and the growth of the one do not slow the other."""
    def go(seconds):
        first = next(numbers) * 10_000_000
        return load.pgbench(suite, path, CLIENTS, seconds, 'bench', k=first, **values)
    return m.Side('pgbench', go, list, suite.postmaster)


def copy_database(suite):
    """The empty schema of commerce once more; nobody may be connected to the one it is copied from."""
    suite.sql('DROP DATABASE IF EXISTS bench; CREATE DATABASE bench TEMPLATE dure')


def measure(plan, suite):
    copy_database(suite)
    suite.start('auth', 'commerce', 'gateway')
    persons = lab.people(suite, BUYERS)
    seed(suite)
    seed(suite, 'bench')
    suite.sql("UPDATE commerce.point_account SET balance_krw = 1000000000000")
    lab.log_in(suite, persons)
    bodies = write_lines('order.bodies', [json.dumps({
        'lines': [{'productId': f'01926f00-0000-7000-8000-{n:012x}', 'quantity': 1}], 'recipient': 'Bench',
        'phone': '01000000000', 'postalCode': '04524', 'address': '1 Sejong-daero, Seoul'}) for n in range(1, PRODUCTS + 1)])
    tokens = write_lines('order.tokens', [f'Authorization: Bearer {p.token}' for p in persons])

    def signed():
        return write_lines('order.signed', ['Dure-Identity: ' + lab.identity(suite, p, 'commerce', 'POST', PATH) for p in persons])
    through = orders('gateway', suite.port('gateway'), lambda: tokens, bodies, ('gateway', 'commerce', 'auth'), suite)
    direct = orders('commerce', suite.port('commerce'), signed, bodies, ('commerce',), suite)
    direct.sample(1)      # one of its answers is what pgbench writes
    got = m.contest(plan, [through, direct, beside(suite, *script(suite))])
    what = 'order, new key each'
    own = m.middle(got['gateway'])
    return [m.compare('order', f'{what}, through the gateway', 'pgbench', got['gateway'], got['pgbench'], least=0.4),
            m.compare('order', f'{what}, at commerce', 'pgbench', got['commerce'], got['pgbench'], least=0.6),
            m.Line('order', 'CPU of gateway, auth and commerce', 'PostgreSQL for the same', own, ratio=own.cpu / own.postgres,
                   target='CPU < 1 ×', met=own.cpu < own.postgres)]
