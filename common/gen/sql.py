#!/usr/bin/python3
"""Makes typed C functions from .sql files, and embeds the migrations.

    sql.py <root> <output folder>

A statement is
    -- name :one|:maybe|:rows|:changed|:queue
    -- in:  a uuid, b text?, c int8, d uuid[]
    -- out: id uuid, n int8, note text?
    SELECT …;
and becomes sql_<name>() in <out>/<path>.sql.{h,c}. '?' is a nullable one. Up to six parameters are
positional; more travel in struct sql_<name>_in, so that two of one type are never swapped. Business time
is a parameter: now() and its kin are refused, and so is SELECT *."""
import pathlib
import re
import sys

from schema import ContractError, c_text, stop, write_if_changed

TYPES = {   # SQL: (C type, enum, argument call)
    'bool': ('bool', 'DB_BOOL', 'db_arg_bool'), 'int2': ('int16_t', 'DB_INT2', 'db_arg_i16'),
    'int4': ('int32_t', 'DB_INT4', 'db_arg_i32'), 'int8': ('int64_t', 'DB_INT8', 'db_arg_i64'),
    'text': ('struct text', 'DB_TEXT', 'db_arg_text'), 'bytea': ('struct text', 'DB_BYTEA', 'db_arg_text'),
    'uuid': ('struct uuid', 'DB_UUID', 'db_arg_uuid'), 'jsonb': ('struct text', 'DB_JSONB', 'db_arg_json'),
    'timestamptz': ('int64_t', 'DB_TIMESTAMPTZ', 'db_arg_time'), 'date': ('struct day', 'DB_DATE', 'db_arg_date'),
    'uuid[]': ('struct uuid', 'DB_UUID_ARRAY', 'db_arg_uuids'), 'int4[]': ('int32_t', 'DB_INT4_ARRAY', 'db_arg_i32s'),
    'int8[]': ('int64_t', 'DB_INT8_ARRAY', 'db_arg_i64s'), 'text[]': ('struct text', 'DB_TEXT_ARRAY', 'db_arg_texts'),
}
MARKED = {'bool', 'int2', 'int4', 'int8', 'timestamptz', 'date'}     # have no NULL of their own in C
TAKES = {'one': 'DB_ONE', 'maybe': 'DB_MAYBE', 'rows': 'DB_ROWS', 'changed': 'DB_CHANGED', 'queue': 'DB_QUEUE'}
CLOCKS = re.compile(r'\b(now\s*\(|clock_timestamp|statement_timestamp|transaction_timestamp|current_date|current_time'
                    r'|current_timestamp|localtime)', re.I)
POSITIONAL = 6
NOTE = '/* Made by common/gen from {}; do not edit. */'


class Column:
    def __init__(self, text, where):
        match = re.fullmatch(r'(\w+)\s+(\w+(?:\[\])?)(\?)?', text.strip())
        if not match or match[2] not in TYPES:
            raise ContractError(f'{where}: {text.strip()!r} is not "name type" of a known type')
        self.name, self.type, self.nullable = match[1], match[2], bool(match[3])
        self.c, self.enum, self.arg = TYPES[self.type]
        self.array = self.type.endswith('[]')
        self.marked = self.nullable and self.type in MARKED

    def parameter(self):
        if self.array:
            return f'const {self.c} *{self.name}, size_t n_{self.name}'
        return f'const {self.c} *{self.name}' if self.marked else f'{self.c} {self.name}'

    def members(self):
        if self.array:
            return [f'const {self.c} *{self.name};', f'size_t n_{self.name};']
        return [f'const {self.c} *{self.name};'] if self.marked else [f'{self.c} {self.name};']


class Statement:
    def __init__(self, name, take, ins, outs, text, where):
        self.name, self.take, self.ins, self.outs = name, take, ins, outs
        self.text, self.where = text.strip().rstrip(';').strip(), where
        if take not in TAKES:
            raise ContractError(f'{where}: :{take} is none of {", ".join(TAKES)}')
        if bool(outs) != (take in ('one', 'maybe', 'rows')):
            raise ContractError(f'{where}: {name} :{take} and its out line do not fit')
        if CLOCKS.search(self.text):
            raise ContractError(f'{where}: {name} reads the database clock; pass business time as a parameter')
        if re.search(r'select\s+\*', self.text, re.I):
            raise ContractError(f'{where}: {name} has SELECT *')
        highest = max([int(n) for n in re.findall(r'\$(\d+)', self.text)] or [0])
        if highest != len(ins):
            raise ContractError(f'{where}: {name} uses ${highest} but declares {len(ins)} parameters')

    def struct_in(self):
        return len(self.ins) > POSITIONAL

    def row(self):
        lines = [f'struct sql_{self.name}_row {{']
        for c in self.outs:
            if c.marked:
                lines.append(f'\tbool has_{c.name};')
            lines += [f'\t{c.c} *{c.name};', f'\tsize_t n_{c.name};'] if c.array else [f'\t{c.c} {c.name};']
        return '\n'.join(lines + ['};'])

    def in_struct(self):
        lines = [f'struct sql_{self.name}_in {{']
        for c in self.ins:
            lines += [f'\t{m}' for m in c.members()]
        return '\n'.join(lines + ['};'])

    def signature(self):
        args = ['struct req *rq']
        args += [f'const struct sql_{self.name}_in *in'] if self.struct_in() else [c.parameter() for c in self.ins]
        args += {'one': [f'struct sql_{self.name}_row *out'], 'maybe': [f'struct sql_{self.name}_row *out', 'bool *found'],
                 'rows': [f'struct sql_{self.name}_row **rows', 'size_t *n'], 'changed': ['int64_t *n'], 'queue': []}[self.take]
        return f'sql_{self.name}({", ".join(args)})'

    def argument(self, c):
        v = f'in->{c.name}' if self.struct_in() else c.name
        if c.array:
            n = f'in->n_{c.name}' if self.struct_in() else f'n_{c.name}'
            return f'\t{c.arg}(rq, &a, {v}, {n});'
        if c.arg is None:
            raise ContractError(f'{self.where}: {c.type} is not taken as a parameter')
        if c.marked:
            return f'\tif ({v} != NULL)\n\t\t{c.arg}(&a, *{v});\n\telse\n\t\tdb_arg_null(&a);'
        if c.type == 'uuid':
            if c.nullable:
                return f'\tif (!uuid_is_nil({v}))\n\t\tdb_arg_uuid(&a, &{v});\n\telse\n\t\tdb_arg_null(&a);'
            return f'\tdb_arg_uuid(&a, &{v});'
        if c.type == 'jsonb':
            return f'\tdb_arg_json(rq, &a, {v});'
        return f'\t{c.arg}(&a, {v});'

    def code(self):
        n, out = self.name, []
        if self.ins:
            out.append(f'static const enum db_type {n}_in[] = {{ {", ".join(c.enum for c in self.ins)} }};')
        if self.outs:
            out.append(f'static const struct db_col {n}_out[] = {{')
            for c in self.outs:
                mark = f'has_{c.name}' if c.marked else f'n_{c.name}' if c.array else None
                mark = f'(uint16_t)offsetof(struct sql_{n}_row, {mark})' if mark else '0xffff'
                out.append(f'\t{{ {c_text(c.name)}, {c.enum}, {"true" if c.nullable else "false"}, '
                           f'(uint16_t)offsetof(struct sql_{n}_row, {c.name}), {mark} }},')
            out.append('};')
        lines = '\n'.join(f'\t{c_text(line + chr(10))}' for line in self.text.split('\n'))
        sizes = f'sizeof(struct sql_{n}_row), _Alignof(struct sql_{n}_row)' if self.outs else '0, 1'
        out.append(f'const struct db_stmt sql_{n}_stmt = {{ {c_text(n)},\n{lines},\n\t{TAKES[self.take]}, {len(self.ins)}, '
                   f'{len(self.outs)}, {n + "_in" if self.ins else "NULL"}, {n + "_out" if self.outs else "NULL"}, {sizes} }};\n')
        call = {'one': 'db_one(rq, &sql_%s_stmt, &a, out)', 'maybe': 'db_maybe(rq, &sql_%s_stmt, &a, out, found)',
                'rows': 'db_rows(rq, &sql_%s_stmt, &a, (void *)rows, n)',
                'changed': 'db_changed(rq, &sql_%s_stmt, &a, n)', 'queue': 'db_queue(rq, &sql_%s_stmt, &a)'}[self.take] % n
        out.append(f'const struct err *\n{self.signature()}\n{{\n\tstruct db_args a;\n\n\ta.n = 0;')
        out += [self.argument(c) for c in self.ins]
        out.append(f'\treturn {call};\n}}\n')
        return '\n'.join(out)


def columns(text, where):
    return [Column(part, where) for part in text.split(',')] if text.strip() else []


def parse(path):
    statements, current, fields, body = [], None, {}, []

    def flush():
        if current:
            where = f'{path}: {current[0]}'
            statements.append(Statement(current[0], current[1], columns(fields.get('in', ''), where),
                                        columns(fields.get('out', ''), where), '\n'.join(body), path))

    for line in path.read_text().split('\n'):
        head = re.fullmatch(r'--\s*(\w+)\s*:(\w+)\s*', line)
        part = re.fullmatch(r'--\s*(in|out):(.*)', line)
        more = re.fullmatch(r'--\s{4,}(\S.*)', line)
        if head:
            flush()
            current, fields, body, last = (head[1], head[2]), {}, [], None
        elif part and current:
            last = part[1]
            fields[last] = part[2]
        elif more and current and not body and last:
            fields[last] += ' ' + more[1]
        elif current and not line.strip().startswith('--'):
            body.append(line)
    flush()
    return statements


def write_file(root, out, path):
    rel = path.relative_to(root)
    statements = parse(path)
    guard = 'GEN_' + re.sub(r'\W', '_', str(rel)).upper() + '_H'
    header = [NOTE.format(rel), f'#ifndef {guard}', f'#define {guard}', '#include "common/core/id.h"',
              '#include "common/db/db.h"', '']
    for s in statements:
        header += [s.row()] if s.outs else []
        header += [s.in_struct()] if s.struct_in() else []
        header += [f'extern const struct db_stmt sql_{s.name}_stmt;', f'const struct err *{s.signature()} MUST_USE;', '']
    code = [NOTE.format(rel), f'#include "gen/{rel}.h"', ''] + [s.code() for s in statements]
    write_if_changed(out / f'{rel}.h', '\n'.join(header + ['#endif', '']))
    write_if_changed(out / f'{rel}.c', '\n'.join(code))
    return statements


def write_statements(out, service, statements):
    """Every statement of one binary, for the test that PREPAREs them against the migrated schema."""
    names = [s.name for s in statements]
    double = sorted({n for n in names if names.count(n) > 1})
    if double:
        raise ContractError(f'{service}: statements named twice: {double}')
    code = [NOTE.format('the .sql files'), '#include "common/db/db.h"', '']
    code += [f'extern const struct db_stmt sql_{n}_stmt;' for n in names]
    code += [f'extern const struct db_stmt *const {service}_statements[];', f'extern const size_t {service}_n_statements;',
             f'const struct db_stmt *const {service}_statements[] = {{'] + [f'\t&sql_{n}_stmt,' for n in names]
    code += ['\tNULL };', f'const size_t {service}_n_statements = {len(names)};', '']
    write_if_changed(out / 'services' / service / 'statements.gen.c', '\n'.join(code))


def write_migrations(root, out, service):
    files = [('common', p) for p in sorted((root / 'common/db/migrations').glob('*.sql'))]
    files += [(service, p) for p in sorted((root / 'services' / service / 'migrations').glob('*.sql'))]
    header = [NOTE.format('the migrations'), f'#ifndef GEN_{service.upper()}_MIGRATIONS_H',
              f'#define GEN_{service.upper()}_MIGRATIONS_H', '#include "common/db/db.h"',
              f'extern const struct db_migration {service}_migrations[];',
              f'enum {{ {service.upper()}_MIGRATIONS = {len(files)} }};',
              f'extern const size_t {service}_n_migrations;      /* the same number, for who knows only the name */', '#endif', '']
    code = [NOTE.format('the migrations'), f'#include "gen/services/{service}/migrations.gen.h"', '']
    for i, (_, path) in enumerate(files):
        lines = '\n'.join(f'\t{c_text(line + chr(10))}' for line in path.read_text().split('\n'))
        code.append(f'static const char sql_{i}[] =\n{lines};')
    code += ['', f'const struct db_migration {service}_migrations[{service.upper()}_MIGRATIONS] = {{']
    code += [f'\t{{ {c_text(owner + "/" + path.stem)}, sql_{i} }},' for i, (owner, path) in enumerate(files)]
    code += ['};', f'const size_t {service}_n_migrations = {service.upper()}_MIGRATIONS;', '']
    write_if_changed(out / 'services' / service / 'migrations.gen.h', '\n'.join(header))
    write_if_changed(out / 'services' / service / 'migrations.gen.c', '\n'.join(code))


def sweep(root, out):
    """What was made of a .sql file that has gone would still be compiled."""
    for path in list(out.rglob('*.sql.c')) + list(out.rglob('*.sql.h')):
        if not (root / path.relative_to(out).with_suffix('')).exists():
            path.unlink()


def main(root, out):
    root, out = pathlib.Path(root), pathlib.Path(out)
    shared = []
    for path in sorted((root / 'common').rglob('*.sql')):
        if 'migrations' not in path.parts:
            shared += write_file(root, out, path)
    for folder in sorted((root / 'services').iterdir()):
        if not (folder / 'migrations').is_dir():
            continue
        own = []
        for path in sorted(folder.rglob('*.sql')):
            if 'migrations' not in path.parts:
                own += write_file(root, out, path)
        write_statements(out, folder.name, shared + own)
        write_migrations(root, out, folder.name)
    sweep(root, out)


if __name__ == '__main__':
    try:
        main(*sys.argv[1:3])
    except ContractError as error:
        stop(error)
