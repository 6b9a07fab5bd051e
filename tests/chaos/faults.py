"""What is broken, as a table, and which of it in one run. A fault that nobody has felt proves nothing: it is a finding."""
from processes import (clock_back_and_forth, clock_forth_and_back, clock_month_end, few_files, freeze, freeze_service,
                       kill_at_point, kill_service, kill_two, log_disk_full, terminate)
from surroundings import (bus_partition, can_iptables, postgres_cut, postgres_full, postgres_immediate, postgres_restart,
                          provider, redis_flush, redis_freeze, redis_kill, webhooks_mad)

# name, what breaks, how often it is drawn, how often at most in one run (None: any), what it needs
FAULTS = (
    ('kill', kill_service, 6, None, None),
    ('kill two', kill_two, 2, None, None),
    ('kill at a point', kill_at_point, 10, None, None),
    ('sigterm', terminate, 2, None, None),
    ('frozen subscriber', freeze, 2, None, None),
    ('frozen service', freeze_service, 1, None, None),
    ('postgres immediate', postgres_immediate, 2, None, None),
    ('postgres restart', postgres_restart, 1, None, None),
    ('postgres cut', postgres_cut, 1, None, None),
    ('postgres full', postgres_full, 1, None, None),
    ('redis killed', redis_kill, 1, None, None),
    ('redis frozen', redis_freeze, 1, None, None),
    ('redis flushed', redis_flush, 1, None, None),
    ('bus partition', bus_partition, 1, None, can_iptables),
    ('provider silent before', provider('timeout_before', delay_ms=1500), 1, None, None),
    ('provider silent after', provider('timeout_after', delay_ms=1500), 1, None, None),
    ('provider garbage', provider('garbage_after'), 1, None, None),
    ('provider error', provider('error500_after'), 1, None, None),
    ('provider outage', provider('refuse'), 1, None, None),
    ('cards declined', provider('decline', ('toss.confirm',)), 1, None, None),
    ('money kept', provider('decline', ('toss.cancel',), code='NOT_CANCELABLE_PAYMENT'), 1, None, None),
    ('webhooks twice and shuffled', webhooks_mad, 1, None, None),
    ('few files', few_files, 1, None, None),
    ('log disk full', log_disk_full, 1, None, None),
    ('clock forth and back', clock_forth_and_back, 1, None, None),
    ('clock back and forth', clock_back_and_forth, 1, None, None),
    ('month end', clock_month_end, 1, 1, None),
)


def plan(random, n):
    """n faults; every kind once before the rest is drawn."""
    able = [f for f in FAULTS if f[4] is None or f[4]()]
    missing = [f[0] for f in FAULTS if f not in able]
    first = random.sample(able, len(able))
    again = [f for f in able if f[3] is None]
    rest = random.choices(again, [f[2] for f in again], k=max(0, n - len(first)))
    drawn = (first + rest)[:n]
    random.shuffle(drawn)
    return drawn, missing
