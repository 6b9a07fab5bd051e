#!/usr/bin/python3
"""House numbers of the sources named: lines of a file, of a function, columns of a line. Prints each breach."""
import sys

FILE_LINES, FUNCTION_LINES, COLUMNS = 400, 80, 132
bad = 0


def say(path, number, what):
    global bad
    print(f'{path}:{number}: {what}')
    bad += 1


def check(path):
    start = None
    with open(path, encoding='utf-8') as file:
        lines = file.read().split('\n')
    if len(lines) - 1 > FILE_LINES:
        say(path, len(lines) - 1, f'a file of more than {FILE_LINES} lines')
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            say(path, number, f'{len(line.expandtabs(8))} columns; {COLUMNS} at most')
        if line.startswith('{'):
            start = number
        elif line.startswith('}') and start:
            if number - start - 1 > FUNCTION_LINES:
                say(path, start, f'a function of {number - start - 1} lines; {FUNCTION_LINES} at most')
            start = None


for each in sys.argv[1:]:
    check(each)
sys.exit(bad > 0)
