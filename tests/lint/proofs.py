#!/usr/bin/python3
"""Every test that a table of tests/README.md names as a proof exists: `file`: `suite, name`. Prints each that does not."""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
PROOF = re.compile(r'`([\w/]+\.c)`: `(\w+), (\w+)`')
# A test made by a macro of its file: Test(suite, before_##word##_behind) for each WORD(word).
MADE = re.compile(r'#define (\w+)\((\w+)\) \\\s*Test\((\w+), (\S+?),')


def tests_of(path):
    text = path.read_text(encoding='utf-8')
    names = set(re.findall(r'^Test\((\w+), (\w+)', text, re.M))
    for macro, word, suite, name in MADE.findall(text):
        parts = name.split('##')
        for given in re.findall(rf'^{macro}\((\w+)\)', text, re.M):
            names.add((suite, ''.join(given if part == word else part for part in parts)))
    return names


def main():
    bad = 0
    rows = [row for row in (TESTS / 'README.md').read_text(encoding='utf-8').split('\n') if row.startswith('| ')]
    proofs = [proof for row in rows for proof in PROOF.findall(row)]
    for file, suite, name in proofs:
        path = TESTS / file
        if not path.is_file() or (suite, name) not in tests_of(path):
            print(f'tests/README.md: there is no {suite}, {name} in tests/{file}')
            bad += 1
    if not proofs:
        print('tests/README.md: names no proof')
    return bad > 0 or not proofs


if __name__ == '__main__':
    sys.exit(main())
