import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { mysql } from '../../../../../src/framework/migrations/dialects/mysql'
import { readTable } from '../../../../../src/framework/migrations/dialects/mysql/read'
import type { Table } from '../../../../../src/framework/migrations/schema'
import { column, index } from '../contract'
import { mysqlSuite } from './place'

function typesOf({ columns }: Table): string[] {
  return columns.map(({ type }) => type)
}

function defaultsOf({ columns }: Table): (string | null)[] {
  return columns.map((one) => one.default)
}

mysqlSuite('Reading tables of MariaDB', (place) => {
  test('types have neutral names, and stand as they are where there is none', async () => {
    const types = {
      'int unsigned': 'integer unsigned',
      'bigint unsigned': 'bigint unsigned',
      'tinyint(1)': 'boolean',
      'tinyint(2)': 'tinyint(2)',
      'decimal(10,2)': 'decimal(10, 2)',
      'decimal(10,2) unsigned': 'decimal(10,2) unsigned',
      'double(8,2)': 'double(8,2)',
      datetime: 'datetime(0)',
      'datetime(3)': 'datetime(3)',
      'datetime(6)': 'datetime',
      'timestamp(3) null': 'timestamp(3)',
      json: 'json',
      longtext: 'longtext',
      'char(36)': 'uuid',
      blob: 'binary',
      "enum('a','it''s, (','d\\\\e')": "enum('a','it''s, (','d\\\\e')",
    }
    const columns = Object.keys(types).map((type, at) => `c${at} ${type}`)
    await place.run(`create table t (${columns.join(', ')})`)
    assert.deepEqual(typesOf(await place.read('t')), Object.values(types))
  })

  test('what makes a text JSON is no check; another check on it is one', async () => {
    await place.run(
      'create table t (a json, b longtext, c longtext check (c > 0), constraint d check (json_valid(b)))',
    )
    const found = await place.read('t')
    assert.deepEqual(typesOf(found), ['json', 'longtext', 'longtext'])
    assert.deepEqual(found.checks, [
      { name: null, expression: '`c` > 0' },
      { name: 'd', expression: 'json_valid(`b`)' },
    ])
    assert.equal(found.columns[0]?.extra, undefined)
  })

  test('defaults are texts in doubled quotes, numbers, truth, and expressions', async () => {
    await place.run(
      `create table t (a varchar(20) default 'it''s \\\\ "?" \\n', b text default ('a\\\\b''c'),
        c json default ('{"a": "\\\\\\\\"}'), d decimal(9,2) default -1.50, e boolean default true,
        f datetime(6) default now(6), g datetime default now(), h varchar(36) default (uuid()),
        i int default (1 + 1), j bit(1) default b'1', k int)`,
    )
    assert.deepEqual(defaultsOf(await place.read('t')), [
      `'it''s \\ "?" \n'`,
      "'a\\b''c'",
      `'{"a": "\\\\"}'`,
      '-1.5',
      'true',
      'CURRENT_TIMESTAMP',
      'CURRENT_TIMESTAMP',
      'uuid()',
      '1 + 1',
      "b'1'",
      null,
    ])
  })

  test('comments are read with their quotes and backslashes', async () => {
    await place.run(
      `create table t (a int comment 'it''s \\\\ (, "?" \`') comment 'comment=\\'x\\' \\\\'`,
    )
    const found = await place.read('t')
    assert.equal(found.comment, `comment='x' \\`)
    assert.equal(found.columns[0]?.comment, 'it\'s \\ (, "?" `')
  })

  test('a collation is kept where it is not that of the table', async () => {
    await place.run(
      `create table t (a varchar(5), b varchar(5) character set latin1, c varchar(5) collate utf8mb4_bin,
        d datetime on update now()) charset utf8mb4 collate utf8mb4_bin`,
    )
    const extras = (await place.read('t')).columns.map(({ extra }) => extra)
    assert.deepEqual(extras, [
      undefined,
      'CHARACTER SET latin1 COLLATE latin1_swedish_ci',
      undefined,
      'ON UPDATE current_timestamp()',
    ])
  })

  test('the index that a foreign key needs is none of the table, unless it was declared', async () => {
    await place.run(
      'create table u (id int primary key)',
      `create table t (a int, b int, c int, key own (b), key c_key (c), foreign key (a) references u (id),
        constraint kb foreign key (b) references u (id) on delete restrict,
        constraint kc foreign key (c) references u (id) on delete no action on update cascade)`,
    )
    const found = await place.read('t')
    assert.deepEqual(found.indexes, [index('own', ['b']), index('c_key', ['c'])])
    assert.deepEqual(
      found.foreignKeys.map(({ name, onDelete, onUpdate }) => [name, onDelete, onUpdate]),
      [
        ['kb', 'no action', 'no action'],
        ['kc', 'no action', 'cascade'],
        ['t_ibfk_1', 'no action', 'no action'],
      ],
    )
  })

  test('indexes have orders and lengths; those of other kinds are left alone', async () => {
    await place.run(
      'create table t (a int, b text, key x (a desc, b(10)) using btree, unique key y (a), fulltext key z (b))',
    )
    const { indexes, columns } = await place.read('t')
    assert.deepEqual(typesOf({ columns } as Table), ['integer', 'text'])
    const descending = [
      { name: 'a', descending: true },
      { name: 'b(10)', descending: false },
    ]
    assert.deepEqual(indexes, [
      index('y', ['a'], { unique: true }),
      { ...index('x', []), columns: descending },
    ])
  })

  test('views and tables of other databases are none of its tables', async () => {
    await place.run('create table t (a int)', 'create view v as select * from t')
    const names = (await mysql.reflect(place.db)).map(({ name }) => name)
    await place.run('drop view v')
    assert.deepEqual(names, ['t'])
  })
})

suite('Reading tables of MySQL', () => {
  test('as MySQL 8 shows them', () => {
    const found = readTable(`CREATE TABLE \`posts\` (
  \`id\` int unsigned NOT NULL AUTO_INCREMENT,
  \`title\` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT 'it''s',
  \`body\` text COMMENT '/*!80000 no comment */',
  \`data\` json DEFAULT (_utf8mb4'{}'),
  \`stars\` int NOT NULL DEFAULT '0',
  \`at\` datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  \`hidden\` tinyint(1) DEFAULT '1' /*!80023 INVISIBLE */,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`u\` (\`title\` DESC) /*!80000 INVISIBLE */,
  KEY \`f\` ((lower(\`title\`))),
  CONSTRAINT \`posts_chk_1\` CHECK ((\`stars\` > 0)) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='posts'
/*!50100 PARTITION BY HASH (\`id\`) PARTITIONS 4 */`)
    assert.deepEqual(found, {
      name: 'posts',
      columns: [
        column('id', 'integer unsigned', { nullable: false, autoIncrement: true }),
        column('title', 'string(10)', { default: "'it''s'" }),
        column('body', 'text', { comment: '/*!80000 no comment */' }),
        column('data', 'json', { default: "'{}'" }),
        column('stars', 'integer', { nullable: false, default: '0' }),
        column('at', 'datetime', {
          default: 'CURRENT_TIMESTAMP',
          extra: 'ON UPDATE CURRENT_TIMESTAMP(6)',
        }),
        column('hidden', 'boolean', { default: 'true', extra: 'INVISIBLE' }),
      ],
      primaryKey: { name: null, columns: ['id'] },
      indexes: [
        { ...index('u', [], { unique: true }), columns: [{ name: 'title', descending: true }] },
        index('f', ['(lower(`title`))']),
      ],
      foreignKeys: [],
      checks: [{ name: 'posts_chk_1', expression: '(`stars` > 0)' }],
      comment: 'posts',
    })
  })
})
