"""Reading an order's body with every check beside jansson's bare parse; packing and unpacking an event beside msgpack-c."""
import load
import measure as m


def side(name):
    def go(seconds):
        said = load.own('codec', name, seconds)
        return said['done'], said['us'] / 1e6, None, None, 0, said['cpu']
    return m.Side(name, go)


def measure(plan, suite):
    del suite
    got = m.contest(plan, [side(name) for name in ('json', 'jansson', 'pack', 'msgpack')], plan.seconds / 4)
    return [m.compare('codec', 'JSON read and check of an order', 'jansson parse', got['json'], got['jansson'], 'cpu', most=1.5),
            m.compare('codec', 'msgpack write and read of order.placed', 'msgpack-c', got['pack'], got['msgpack'], 'cpu', most=1.5)]
