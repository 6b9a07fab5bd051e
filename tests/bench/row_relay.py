"""Rows of the outbox leaving by our relay, beside bare loops that read and send."""
import events
import lab
import load
import measure as m

WAITING = '''INSERT INTO outbox (event_id, type, version, occurred_at, tenant, key, partition, traceparent, payload, is_public)
SELECT gen_random_uuid(), 'order.placed', 1, '2026-01-02', k, k, n % 16,
       '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01', convert_to(repeat('x', 300), 'utf8'), true
  FROM generate_series(1, {n}) n, lateral (SELECT gen_random_uuid() AS k OFFSET n * 0) key; ANALYZE outbox'''


def side(tables, mode, n):
    def go(seconds):
        del seconds
        tables.empty()
        tables.sql(WAITING.format(n=n))
        said = load.own('relay', mode, n, tables.url, lab.free_port())
        return said['done'], said['us'] / 1e6, None, None, 0, said['cpu']
    return m.Side(mode, go, list, tables.suite.postmaster)


def measure(plan, suite):
    tables = events.Tables(suite)
    got = m.contest(plan, [side(tables, mode, plan.size(50000, 5000)) for mode in ('dure', 'select', 'mark')])
    what = 'outbox relay, waiting rows'
    return [m.compare('relay', what, 'SELECT … LIMIT 500, nng_send', got['dure'], got['select'], least=0.8),
            m.compare('relay', what, 'UPDATE … RETURNING, nng_send', got['dure'], got['mark'])]
