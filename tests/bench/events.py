"""A database with nothing in it but the tables of events, for the rows that carry them."""
import lab

TABLES = '''CREATE TABLE heard (number bigint NOT NULL, order_no text NOT NULL);
CREATE TABLE heard_cursor (at text NOT NULL);
INSERT INTO heard_cursor VALUES ('');'''


class Tables:
    def __init__(self, suite):
        self.suite = suite
        migrations = sorted((lab.ROOT / 'common/db/migrations').glob('*.sql'))
        suite.sql('DROP DATABASE IF EXISTS events')
        suite.sql('CREATE DATABASE events')
        self.sql('CREATE SCHEMA commerce; SET search_path = commerce;\n' +
                 ''.join(f'{path.read_text()}\n' for path in migrations) + TABLES)
        place = (suite.dir / 'place').read_text().strip()
        self.redis = f'{place}/redis/sock'
        self.url = lab.OUT / 'events.url'
        self.url.touch(0o600)
        host = place.replace('/', '%2F') + '%2Fpg'
        self.url.write_text(f'postgresql://postgres:{suite.secret("postgres_password")}@/events?host={host}')

    def sql(self, text):
        return self.suite.sql(f'\\connect events\nSET search_path = commerce;\n{text}')

    def empty(self):
        """Every round begins with empty tables, so that none pays for the rows of another."""
        self.sql('TRUNCATE outbox, inbox_cursor, heard; UPDATE outbox_head SET seq = 0, oldest_seq = 1; CHECKPOINT')
