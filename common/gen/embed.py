#!/usr/bin/python3
"""Makes one C file of documents and pages that a binary serves from memory.

    embed.py <name> <output.c> <file>…

Defines `const struct embedded <name>[]` (file name, bytes, length), ended by a NULL name; the bytes are taken in by
the assembler, so a megabyte costs no compile time and lies in shared, read-only pages."""
import hashlib
import pathlib
import sys

from schema import write_if_changed


def main(name, output, *files):
    code = ['/* Made by common/gen; do not edit. */', '#include "common/core/embedded.h"', '']
    rows = []
    for i, file in enumerate(files):
        path = pathlib.Path(file).resolve()
        symbol = f'{name}_{i}'
        # make knows nothing of what the assembler reads: this line changes with the bytes.
        code.append(f'/* {path.name} {hashlib.sha256(path.read_bytes()).hexdigest()} */')
        code.append(f'__asm__(".section .rodata\\n.global {symbol}\\n{symbol}:\\n.incbin \\"{path}\\"\\n'
                    f'.global {symbol}_end\\n{symbol}_end:\\n.byte 0\\n.previous\\n");')
        code.append(f'extern const char {symbol}[], {symbol}_end[];')
        rows.append(f'\t{{ "{path.name}", {symbol}, {symbol}_end }},')
    code += [f'const struct embedded {name}[] = {{'] + rows + ['\t{ NULL, NULL, NULL },', '};', '']
    write_if_changed(output, '\n'.join(code))


if __name__ == '__main__':
    main(*sys.argv[1:])
