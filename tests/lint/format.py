#!/usr/bin/python3
"""clang-format as a judge of indentation and spacing that leaves hand-made layout alone.

    format.py [-i] <files>        prints each breach and exits 1; -i mends them instead

clang-format proposes edits of white space. What a person laid out on purpose is not its business: columns
(two spaces and more, or tabs, inside a line), a short struct, enum, case, macro or function on one line, and where an
expression was broken or its operands aligned. The rest counts: the depth of a line, spaces around operators,
keywords and braces, one statement per line, the return type on its own line."""
import bisect
import concurrent.futures
import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as tree

BATCH, HEAD = 32, b"<?xml version='1.0'?>"
# A short struct, enum, case, table row or initialiser may stand on one line.
ON_ONE_LINE = re.compile(r'\s*(static |const |typedef |extern |return |_Thread_local )*(struct|enum|union|case|default)\b|[\s{]*[{.]')


class Text:
    def __init__(self, path):
        with open(path, 'rb') as file:
            self.bytes = file.read()
        self.path = path
        self.starts = [0] + [i + 1 for i, b in enumerate(self.bytes) if b == 10]

    def number(self, at):
        return bisect.bisect_right(self.starts, at)

    def line(self, number):
        end = self.starts[number] if number < len(self.starts) else len(self.bytes)
        return self.bytes[self.starts[number - 1]:end].decode(errors='replace').rstrip('\n')


def in_macro(text, number):
    while number > 1 and text.line(number - 1).endswith('\\'):
        number -= 1
    return text.line(number).lstrip().startswith('#')


def continues(text, number):
    """The line goes on with a statement or a table that an earlier line began."""
    before = text.line(number - 1).split('/*')[0].rstrip() if number > 1 else ''
    return bool(before) and before[-1] not in ';{}:' and not before.lstrip().startswith('#')


def by_hand(text, at, old, new):
    line = text.line(text.number(at))
    before, after = text.bytes[at - 1:at], text.bytes[at + len(old):]
    if in_macro(text, text.number(at)):
        return True
    if b'\n' in old:
        return b'\n' not in new or continues(text, text.number(at + len(old)))
    if b'\n' not in new:
        empty_step = before == b';' and after[:1] == b')'
        return len(old) > 1 or len(new) > 1 or b'\t' in old or empty_step
    if re.match(r'\w.*}$', line):          # a whole definition
        return True
    if new == b'\n' and re.match(rb'\w+\(', after):
        return False
    if ON_ONE_LINE.match(line) or '){' in line or continues(text, text.number(at)) or after[:1] in (b'?', b':'):
        return True
    return before not in (b';', b'{', b')', b'}') and after[:1] not in (b'{', b'}')


def judge(text, xml):
    edits = []
    for node in tree.fromstring(xml).iter('replacement'):
        at, length = int(node.get('offset')), int(node.get('length'))
        old, new = text.bytes[at:at + length], (node.text or '').encode()
        if not by_hand(text, at, old, new):
            edits.append((at, old, new))
    return text, edits


def judge_batch(paths):
    """clang-format answers a document per file, in the order of its arguments."""
    out = subprocess.run(['clang-format', '--output-replacements-xml', *paths], capture_output=True, check=True).stdout
    documents = [HEAD + part for part in out.split(HEAD)[1:]]
    return [judge(Text(path), xml) for path, xml in zip(paths, documents, strict=True)]


def words(old, new):
    if b'\n' in old:
        return 'indentation'
    if b'\n' in new:
        return 'belongs on a line of its own'
    return 'a space is missing' if len(new) > len(old) else 'a space too many'


def mend(text, edits):
    out = text.bytes
    for at, old, new in reversed(edits):
        out = out[:at] + new + out[at + len(old):]
    with open(text.path, 'wb') as file:
        file.write(out)


def main(arguments):
    mending = arguments[:1] == ['-i']
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = arguments[1:] if mending else arguments
        batches = [paths[i:i + BATCH] for i in range(0, len(paths), BATCH)]
        for text, edits in itertools.chain.from_iterable(pool.map(judge_batch, batches)):
            if mending and edits:
                mend(text, edits)
                continue
            breaches = {(text.number(at + len(old) if b'\n' in old else at), words(old, new)) for at, old, new in edits}
            for number, what in sorted(breaches):
                print(f'{text.path}:{number}: {what}: {text.line(number).strip()}')
            bad += len(breaches)
    return bad > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
