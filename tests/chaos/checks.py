"""Does it all add up once everything is healed? dure-check's rules, and what only the driver knows."""
import base64
import json
import time
import urllib.error
import urllib.request

from client import GivenUp
from surroundings import redis

# Which rules of dure-check say that an invariant holds; own checks are named by their function below.
INVARIANTS = (
    ('each acknowledged order exists once', ('acked_orders', 'orders_once')),
    ('lines, discounts and totals of every order agree', ('order_sums', 'refund_sums', 'refunds_kept')),
    ('stock is what its movements say and never below zero', ('stock_ledger',)),
    ('coupons are used as often as they are counted', ('coupon_counts',)),
    ('points are the sum of their ledger, no source twice', ('points_ledger', 'points_sources')),
    ('message balance', ()),
    ('captured at the provider once is paid here', ('payments_captured', 'payments_points', 'cancels_points', 'charges_kept',
                                                      'cancels_once')),
    ('no payment is undecided for too long', ('payments_stale', 'payment_states', 'cancel_sums')),
    ('every change has told of itself once', ('order_events', 'payment_events')),
    ('every listener has heard everything', ('events_heard', 'events_parked', 'alarms_once', 'reminders_rang',
                                             'sockets_heard', 'webhooks_came')),
    ('events are numbered without a hole', ('event_numbers',)),
    ('no order without its parts', ('order_parts',)),
    ('periods of a subscription', ()),
    ('rows stay in their company', ('tenants',)),
    ('refunds stand in the audit log once', ('audited_shop', 'audited_payments')),
    ('who has left stays out', ('ended_stay_out',)),
)


def orders_once(world, customers):
    """A key that was repeated has made one order."""
    for row in world.suite.sql('commerce', 'SELECT user_id, count(*) FROM orders GROUP BY user_id'):
        of = [c for c in customers if c.id == row[0]]
        if of and int(row[1]) > len(of[0].orders) + of[0].unsure:
            yield f'{row[0]} has {row[1]} orders, {len(of[0].orders)} were acknowledged'


def charges_kept(world, customers):
    kept = {row[0]: (row[1], int(row[2])) for row in world.suite.sql(
        'billing', "SELECT id, status, amount_krw FROM payment WHERE status IN ('paid', 'partially_refunded', 'refunded')")}
    for customer in customers:
        for payment, amount in customer.charges.items():
            if kept.get(payment, (None, 0))[1] != amount:
                yield f'payment {payment} of {amount} was acknowledged as paid and is {kept.get(payment)}'


def cancels_once(world, customers):
    """Each part of a charge that was to go back is there, and a key that was repeated has made one."""
    made = {}
    for part, user in world.suite.sql('billing', 'SELECT id, user_id FROM cancellation'):
        made.setdefault(user, set()).add(part)
    for customer in customers:
        there, acked = made.get(customer.id, set()), set(customer.given_back)
        if acked - there or len(there) > len(acked) + customer.unsure:
            yield f'{customer.id} has {len(there)} parts going back, {len(acked)} were acknowledged, missing {acked - there}'


def refunds_kept(world, _customers):
    kept = {row[0] for row in world.suite.sql('commerce', 'SELECT id FROM refund')}
    yield from (f'refund {refund} of {order} is not there' for refund, order in world.refunded.items() if refund not in kept)


def alarms_once(world, _customers):
    """One alarm for each thing that raises one: placed orders (100), credited charges and points that came back (105)."""
    raised = dict((row[0], int(row[1])) for row in world.suite.sql(
        'notification', "SELECT kind, count(*) FROM alarm WHERE kind IN (100, 105) AND source_kind <> 'reminder' GROUP BY kind"))
    placed = int(world.suite.sql('commerce', 'SELECT count(*) FROM orders')[0][0])
    credited = int(world.suite.sql('commerce', "SELECT count(*) FROM point_entry WHERE kind IN ('charge', 'cancel_failed')")[0][0])
    if raised.get('100', 0) != placed or raised.get('105', 0) != credited:
        yield f'{placed} orders and {credited} credits raised {raised} alarms'
    yield from (f'{row[0]} has {row[1]} alarms up to number {row[2]}' for row in world.suite.sql(
        'notification', 'SELECT user_id, count(*), max(number) FROM alarm GROUP BY user_id HAVING count(*) <> max(number)'))


def reminders_rang(world, customers):
    """None is overdue, and for each that was asked for there is an alarm."""
    late = world.suite.now_text(seconds=-5)
    yield from (f'alarm {row[0]} was to ring at {row[1]}' for row in world.suite.sql(
        'notification', f"SELECT id, remind_at FROM alarm WHERE remind_at < '{late}'"))
    rang = {row[0]: int(row[1]) for row in world.suite.sql(
        'notification', "SELECT user_id, count(*) FROM alarm WHERE source_kind = 'reminder' GROUP BY user_id")}
    yield from (f'{customer.id} asked for {len(customer.reminded)} reminders, {rang.get(customer.id, 0)} rang'
                for customer in customers if rang.get(customer.id, 0) < len(customer.reminded))


def sockets_heard(world, customers):
    last = {row[0]: int(row[1]) for row in world.suite.sql(
        'notification', 'SELECT user_id, max(number) FROM alarm GROUP BY user_id')}
    for customer in customers:
        if customer.listener is not None and customer.listener.last != last.get(customer.id, 0):
            yield f'{customer.id} has heard up to {customer.listener.last} of {last.get(customer.id, 0)}'


def webhooks_came(world, _customers):
    wanted = int(world.suite.sql('billing', "SELECT count(*) FROM outbox WHERE type IN ('payment.settled', "
                                            "'payment.refunded')")[0][0])
    if len(world.receiver.events) != wanted:
        yield f'{len(world.receiver.events)} of {wanted} events came to the receiver of webhooks'


def leave_and_forget(world, customers):
    """All log out once more and, when auth has told Redis all that it will, Redis is emptied: only the truth keeps them out now."""
    for customer in customers:
        try:
            customer.leave()
        except GivenUp:
            pass                          # which has been told
    until = time.monotonic() + world.patience_s
    while int(world.suite.sql('auth', "SELECT count(*) FROM jobs WHERE kind = 'session_copy'")[0][0]) > 0:
        if time.monotonic() > until:
            world.findings.add('auth does not come to an end with telling Redis')
            break
        time.sleep(0.1)
    redis(world.suite, 'FLUSHALL')


def runs(world, token):
    body = token.split('.')[1]
    return json.loads(base64.urlsafe_b64decode(body + '=' * (-len(body) % 4)))['exp'] > world.suite.now().timestamp()


def ended_stay_out(world, customers):
    """Nobody who has logged out is let in again while his token runs, though Redis was emptied and the clock moved."""
    tried = 0
    for customer in customers:
        for token in [each for each in customer.ended_tokens[-3:] if runs(world, each)]:
            tried += 1
            ask = urllib.request.Request(f'{world.suite.url("gateway")}/api/me', headers={'Authorization': f'Bearer {token}'})
            try:
                with urllib.request.urlopen(ask, timeout=10) as answer:
                    yield f'a token of {customer.phone} that was ended got {answer.status}'
            except urllib.error.HTTPError as e:
                if e.code != 401:
                    yield f'a token of {customer.phone} that was ended got {e.code}'
    if tried == 0:
        yield 'no token that was ended could be tried'


# Who has left is asked for first: his token has not run out yet.
OWN = (ended_stay_out, orders_once, charges_kept, cancels_once, refunds_kept, alarms_once, reminders_rang, sockets_heard,
       webhooks_came)
# What was put off while the clock was ahead is due an hour later, and a payment that was given up in silence is looked at
# ten minutes behind that; a receiver that refused twice is asked again after more.
AHEAD_S, AGAIN_S = 3600 + 600 + 100, 300


def settle(own, world, customers, seconds):
    """What an own check finds when it has had time to become true."""
    until = time.monotonic() + seconds
    while True:
        found = list(own(world, customers))
        if not found or time.monotonic() > until:
            return found
        if own is webhooks_came:
            world.suite.move_clock(AGAIN_S)
        time.sleep(0.5)


def wait_for_the_late(world, customers):
    world.suite.move_clock(AHEAD_S)
    for customer in customers:
        try:
            customer.log_in()             # their sockets come back with tokens that hold
        except GivenUp:
            pass                          # which has been told


def tell_life(world, customers):
    """What was done at all. Books in which nothing stands are always in order."""
    done = {'orders': sum(len(c.orders) for c in customers), 'charges': sum(len(c.charges) for c in customers),
            'parts of charges back': sum(len(c.given_back) for c in customers),
            'orders cancelled': sum(c.cancelled for c in customers), 'refunds': len(world.refunded),
            'coupons': sum(c.claimed for c in customers), 'reminders': sum(len(c.reminded) for c in customers),
            'log-outs': sum(len(c.ended_tokens) for c in customers), 'webhooks': len(world.receiver.events),
            'alarms on sockets': sum(c.listener.last for c in customers if c.listener is not None)}
    print(f'  acknowledged: {", ".join(f"{n} {what}" for what, n in done.items())}')
    for what in (what for what, n in done.items() if n == 0):
        world.findings.add('the customers have proven nothing', f'no {what}')


def ask_check(world, acked, seconds):
    """The outcome of each rule of dure-check, and what the broken ones have found."""
    status, report = world.suite.check('--acked', acked, '--wait', str(seconds))
    if status not in (0, 1):
        world.findings.add('dure-check could not look', f'{status}: {json.dumps(report)[:2000]}')
    return ({rule['name']: rule['outcome'] for rule in report['rules']},
            {rule['name']: rule['examples'] for rule in report['rules'] if rule['outcome'] == 'findings'})


def outcome_of(rules, outcomes, failed):
    if not rules:
        return 'not applicable'
    if any(rule in failed for rule in rules):
        return 'BROKEN'
    return 'ok' if all(outcomes.get(rule) == 'ok' for rule in rules) else 'not asked'


def judge(world, customers, seconds):
    """Runs everything, adds findings, prints a line per invariant; how many events there were."""
    tell_life(world, customers)
    acked = f'{world.suite.dir}/acked'
    with open(acked, 'w') as file:
        file.writelines(f'{order}\n' for customer in customers for order in customer.orders)
    own_failed = {}
    leave_and_forget(world, customers)
    for own in OWN:
        if own is orders_once:
            wait_for_the_late(world, customers)
        found = settle(own, world, customers, seconds)
        if found:
            own_failed[own.__name__] = found
    outcomes, failed = ask_check(world, acked, seconds)
    outcomes.update((own.__name__, 'ok') for own in OWN)
    failed.update(own_failed)
    for name, found in failed.items():
        for each in found or ['?']:
            world.findings.add(f'{name} does not hold', str(each)[:500])
    for sentence, rules in INVARIANTS:
        outcome = outcome_of(rules, outcomes, failed)
        if outcome == 'not asked':
            world.findings.add('nobody has looked', sentence)
        print(f'  {sentence}: {outcome}')
    return sum(int(world.suite.sql(schema, 'SELECT count(*) FROM outbox')[0][0]) for schema in
               ('auth', 'billing', 'commerce', 'notification', 'messaging'))
