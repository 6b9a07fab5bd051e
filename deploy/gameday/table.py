"""Reads what is expected out of README.md, so that what stands there is what is tried; run by itself it says what does
not fit the scripts."""
import os
import sys

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'README.md')


def cells(line):
    return [cell.strip().replace('`', '') for cell in line.strip().strip('|').split('|')]


def read():
    """(what is usual by row, {fault: (hypothesis, what differs by row)}), in the order of the page."""
    usual, faults, here = {}, {}, None
    with open(README, encoding='utf-8') as file:
        for line in file:
            if line.startswith('## '):
                here = usual if line.startswith('## What is asked') else None
            elif line.startswith('### '):
                here = {}
                faults[line[4:].strip()] = ['', here]
            elif here is None:
                continue
            elif line.startswith('|'):
                asked, then = cells(line)[:2]
                if not set(asked) <= {'-'} and asked != 'asked':
                    here[asked] = then
            elif here is not usual and line.strip():
                faults[next(reversed(faults))][0] += line.strip() + ' '
    return usual, {name: (text.strip(), rows) for name, (text, rows) in faults.items()}


def misfits():
    # Here, since whoever reads the table alone needs none of it.
    import faults
    import routes
    usual, expected = read()
    for name in set(expected) ^ set(faults.faults):
        yield f'"{name}" is a heading of README.md or a fault of faults.py, not both'
    for what in set(routes.rows) - set(usual):
        yield f'"{what}" of routes.py is not in README.md'
    for name, (text, rows) in expected.items():
        if not text:
            yield f'"{name}" has no sentence'
        for what in set(rows) - set(usual):
            yield f'"{what}" under "{name}" is not asked'


if __name__ == '__main__':
    found = list(misfits())
    print(*found, sep='\n', end='\n' if found else '')
    sys.exit(bool(found))
