"""Sides that are measured in turn, and what is made of it: medians, ratios, judgements."""
import dataclasses
import statistics
import time

import lab


PATIENCE = 10


@dataclasses.dataclass
class Plan:
    """How long everything takes: make bench, or make bench-short."""
    short: bool
    rounds: int
    seconds: float

    def size(self, whole, short):
        return short if self.short else whole


@dataclasses.dataclass
class Sample:
    """One round of one side. Latencies in ms, CPU in µs per request; None where there is no such thing."""
    rate: float
    p50: float = None
    p99: float = None
    cpu: float = None
    postgres: float = None
    errors: int = 0


@dataclasses.dataclass
class Side:
    """go() works for about so many seconds and returns (done, seconds, p50 ms, p99 ms, errors), and the CPU µs of a
    program that has ended since, if there was one. programs() are the processes whose CPU time counts beside it, without
    PostgreSQL, whose own is postmaster()."""
    name: str
    go: object
    programs: object = list
    postmaster: object = None

    def sample(self, seconds):
        programs, postgres = self.programs(), [self.postmaster()] if self.postmaster else []
        cpu, sql = lab.cpu_us(programs), lab.cpu_us(postgres)
        done, took, p50, p99, errors, *ended = self.go(seconds)
        if not done and not errors:      # what takes longer than that is given the time
            done, took, p50, p99, errors, *ended = self.go(PATIENCE * seconds)
        cpu, sql = lab.cpu_us(programs) - cpu + sum(ended), lab.cpu_us(postgres) - sql
        if not done:
            raise RuntimeError(f'{self.name}: nothing was done, {errors} errors')
        return Sample(done / took, p50, p99, cpu / done if programs or ended else None, sql / done if postgres else None, errors)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def contest(plan, sides, seconds=None):
    """Every side once to warm up (not in short), then round by round, another one first each time. A dict of lists of samples."""
    seconds = seconds or plan.seconds
    for side in sides if not plan.short else ():
        side.sample(min(seconds, 1.0))
    samples = {side.name: [] for side in sides}
    for number in range(plan.rounds):
        first = number % len(sides)
        for side in sides[first:] + sides[:first]:
            samples[side.name].append(side.sample(seconds))
    return samples


def median(samples, field):
    values = [getattr(s, field) for s in samples]
    return None if None in values else statistics.median(values)


def middle(samples):
    """The side as one sample: the median of each figure, all errors."""
    figures = {f: median(samples, f) for f in ('rate', 'p50', 'p99', 'cpu', 'postgres')}
    return Sample(**figures, errors=sum(s.errors for s in samples))


@dataclasses.dataclass
class Line:
    """One line of the table. ratio is what the target speaks of; met is None where there is no target."""
    row: str
    what: str
    against: str
    ours: Sample
    peer: Sample = None
    ratio: float = None
    target: str = ''
    met: bool = None
    unit: str = '/s'
    rounds: list = dataclasses.field(default_factory=list)


def compare(row, what, against, ours, peer, field='rate', least=None, most=None, unit='/s', word=None):
    """The line of two sides of a contest: the median of the rounds' ratios of that figure, at least or at most so much."""
    pairs = [(getattr(o, field), getattr(p, field)) for o, p in zip(ours, peer)]
    ratio = statistics.median(o / p for o, p in pairs)
    met = ratio >= least if least else ratio <= most if most else None
    word = word or field
    target = f'{word} ≥ {least:g} ×' if least else f'{word} ≤ {most:g} ×' if most else ''
    return Line(row, what, against, middle(ours), middle(peer), ratio, target, met, unit, rounds=pairs)


def bound(row, what, sample, value, limit, words, unit='/s'):
    """A line without a peer: a figure that must stay under its limit."""
    return Line(row, what, '', sample, ratio=value / limit, target=words, met=value <= limit, unit=unit)


def stopwatch(work):
    begun = time.monotonic()
    result = work()
    return result, time.monotonic() - begun
