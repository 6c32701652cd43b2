import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compare } from '../../../src/framework/migrations/compare'
import type { Renames } from '../../../src/framework/migrations/compare/renames'
import type { Operation } from '../../../src/framework/migrations/operations'
import type { ForeignKey, Table } from '../../../src/framework/migrations/schema'
import { column, index, table } from './dialects/contract'

const none: Renames = { tables: [], columns: [] }

/** What turns the one schema into the other; both are as their database reads them. */
function differences(found: Table[], declared: Table[], renames = none): Operation[] {
  return compare({ declared, rehearsed: declared, found, renames })
}

const kinds = (operations: Operation[]) => operations.map(({ op }) => op)

function key(to: string, more: Partial<ForeignKey> = {}): ForeignKey {
  const usual = { onDelete: 'no action', onUpdate: 'no action' } as const
  return {
    name: `to_${to}`,
    columns: ['other_id'],
    table: to,
    references: ['id'],
    ...usual,
    ...more,
  }
}

const name = column('name', 'string(50)')
const other = column('other_id', 'integer')
const plain = table('t', [name, other])
const check = (expression: string, of: string | null = 'c') => ({ name: of, expression })

suite('One difference is one operation', () => {
  const pairs: Record<string, [Partial<Table>, Partial<Table>, ...Operation['op'][]]> = {
    'a column': [{}, { columns: [...plain.columns, column('more', 'text')] }, 'addColumn'],
    'a column less': [{}, { columns: plain.columns.slice(0, -1) }, 'dropColumn'],
    'a type': [{ columns: [name] }, { columns: [{ ...name, type: 'text' }] }, 'alterColumn'],
    'a length': [
      { columns: [name] },
      { columns: [{ ...name, type: 'string(51)' }] },
      'alterColumn',
    ],
    'a lack of null': [
      { columns: [name] },
      { columns: [{ ...name, nullable: false }] },
      'alterColumn',
    ],
    'a default': [{ columns: [name] }, { columns: [{ ...name, default: "''" }] }, 'alterColumn'],
    'a counter': [
      { columns: [other] },
      { columns: [{ ...other, autoIncrement: true }] },
      'alterColumn',
    ],
    'a comment': [{ columns: [name] }, { columns: [{ ...name, comment: 'so' }] }, 'alterColumn'],
    "a table's comment": [{}, { comment: 'so' }, 'commentTable'],
    'a key less': [{}, { primaryKey: null }, 'dropPrimaryKey'],
    'a key': [{ primaryKey: null }, {}, 'addPrimaryKey'],
    'another key': [
      {},
      { primaryKey: { name: 'k', columns: ['id', 'name'] } },
      'dropPrimaryKey',
      'addPrimaryKey',
    ],
    'an index': [{}, { indexes: [index('i', ['name'])] }, 'addIndex'],
    'an index less': [{ indexes: [index('i', ['name'])] }, {}, 'dropIndex'],
    'a unique index': [
      { indexes: [index('i', ['name'])] },
      { indexes: [index('i', ['name'], { unique: true })] },
      'dropIndex',
      'addIndex',
    ],
    'the order in an index': [
      { indexes: [index('i', ['id', 'name'])] },
      { indexes: [index('i', ['name', 'id'])] },
      'dropIndex',
      'addIndex',
    ],
    'the direction of an index': [
      { indexes: [index('i', ['id'])] },
      { indexes: [index('i', [], { columns: [{ name: 'id', descending: true }] })] },
      'dropIndex',
      'addIndex',
    ],
    'the condition of an index': [
      { indexes: [index('i', ['id'], { where: 'id > 0' })] },
      { indexes: [index('i', ['id'], { where: 'id > 1' })] },
      'dropIndex',
      'addIndex',
    ],
    'a foreign key': [{}, { foreignKeys: [key('t')] }, 'addForeignKey'],
    'a foreign key less': [{ foreignKeys: [key('t')] }, {}, 'dropForeignKey'],
    'what a foreign key does': [
      { foreignKeys: [key('t')] },
      { foreignKeys: [key('t', { onDelete: 'cascade' })] },
      'dropForeignKey',
      'addForeignKey',
    ],
    'a check': [{}, { checks: [check('id > 0')] }, 'addCheck'],
    'a check less': [{ checks: [check('id > 0')] }, {}, 'dropCheck'],
    'what a check says': [
      { checks: [check('id > 0')] },
      { checks: [check('id > 1')] },
      'dropCheck',
      'addCheck',
    ],
  }
  for (const [what, [before, after, ...ops]] of Object.entries(pairs)) {
    test(`for ${what}`, () => {
      assert.deepEqual(kinds(differences([{ ...plain, ...before }], [{ ...plain, ...after }])), ops)
    })
  }

  test('for a table', () => {
    assert.deepEqual(kinds(differences([], [plain])), ['createTable'])
    assert.deepEqual(kinds(differences([plain], [])), ['dropTable'])
  })

  test('for another name', () => {
    const renames = {
      tables: [{ from: 't', to: 'u' }],
      columns: [{ table: 'u', from: 'name', to: 'nick' }],
    }
    const after = {
      ...plain,
      name: 'u',
      columns: [...plain.columns.slice(0, 1), { ...name, name: 'nick' }, other],
    }
    assert.deepEqual(kinds(differences([plain], [after], renames)), ['renameTable', 'renameColumn'])
  })
})

suite('No difference is', () => {
  const full = {
    ...plain,
    indexes: [index('i', ['name'])],
    foreignKeys: [key('t')],
    checks: [check('id > 0')],
  }

  test('the order of columns, indexes, keys and checks', () => {
    const two = {
      ...full,
      indexes: [...full.indexes, index('j', ['id'])],
      checks: [...full.checks, check('id > 1', 'd')],
    }
    const turned = {
      ...two,
      columns: [...two.columns].reverse(),
      indexes: [...two.indexes].reverse(),
      checks: [...two.checks].reverse(),
    }
    assert.deepEqual(differences([two], [turned]), [])
  })

  test('a name of what is the same otherwise', () => {
    const others: Table = {
      ...plain,
      primaryKey: { name: null, columns: ['id'] },
      indexes: [index('x', ['name'], { constraint: true })],
      foreignKeys: [key('t', { name: null })],
      checks: [check('id > 0', null)],
    }
    assert.deepEqual(differences([full], [others]), [])
  })

  test('how a check is written', () => {
    const before = { ...plain, checks: [check('ID  >  0 -- so')] }
    assert.deepEqual(differences([before], [{ ...plain, checks: [check('"id">0')] }]), [])
  })

  test('that PostgreSQL calls a text a text, or each text of a list', () => {
    const written = [
      "name::text = any (array['a'::character varying, 'b'::character varying]::text[])",
      "name::text = any (array['a'::character varying::text, 'b'::character varying::text])",
    ]
    const [before, after] = written.map((sql) => ({ ...plain, checks: [check(sql)] }))
    assert.ok(before && after)
    assert.deepEqual(differences([before], [after]), [])
  })

  test('what only this database knows', () => {
    const columns = plain.columns.map((one) => ({ ...one, extra: 'collate nocase' }))
    assert.deepEqual(differences([{ ...plain, columns, extra: 'strict' }], [plain]), [])
  })
})

suite('Operations come in an order that databases can take', () => {
  test('tables come after those that they refer to, and go before them', () => {
    const [a, b] = [table('a', [other], { foreignKeys: [key('b')] }), table('b', [])]
    const named = (operations: Operation[]) =>
      operations.map((one) =>
        'table' in one && typeof one.table === 'object' ? one.table.name : one.op,
      )
    assert.deepEqual(named(differences([], [a, b])), ['b', 'a'])
    assert.deepEqual(named(differences([a, b], [])), ['a', 'b'])
  })

  test('a circle is closed when both tables are there, and opened before they go', () => {
    const [a, b] = [
      table('a', [other], { foreignKeys: [key('b')] }),
      table('b', [other], { foreignKeys: [key('a')] }),
    ]
    assert.deepEqual(kinds(differences([], [a, b])), [
      'createTable',
      'createTable',
      'addForeignKey',
    ])
    assert.deepEqual(kinds(differences([a, b], [])), ['dropForeignKey', 'dropTable', 'dropTable'])
  })

  test('a table that goes takes its foreign key to one that stays with it', () => {
    const child = table('child', [other], { foreignKeys: [key('t')] })
    assert.deepEqual(kinds(differences([plain, child], [plain])), ['dropTable'])
  })

  test('what stands in the way of a column goes before it, and what needs it comes after it', () => {
    const before = { ...plain, indexes: [index('i', ['name'])], checks: [check("name <> ''")] }
    const columns = [...plain.columns.filter((one) => one !== name), column('nick', 'text')]
    const after = {
      ...plain,
      columns,
      indexes: [index('j', ['nick'])],
      checks: [check("nick <> ''")],
    }
    const ops = ['dropCheck', 'dropIndex', 'addColumn', 'dropColumn', 'addIndex', 'addCheck']
    assert.deepEqual(kinds(differences([before], [after])), ops)
  })

  test('what goes before columns get other names goes by their old ones', () => {
    const before = { ...plain, indexes: [index('i', ['name'])], checks: [check("name <> ''")] }
    const columns = plain.columns.map((one) => (one === name ? { ...one, name: 'nick' } : one))
    const renames = { tables: [], columns: [{ table: 't', from: 'name', to: 'nick' }] }
    const [dropCheck, dropIndex, ...rest] = differences([before], [{ ...plain, columns }], renames)
    assert.deepEqual(dropCheck, { op: 'dropCheck', table: 't', check: check(`"name" <> ''`) })
    assert.deepEqual(dropIndex, { op: 'dropIndex', table: 't', index: index('i', ['name']) })
    assert.deepEqual(kinds(rest), ['renameColumn'])
  })

  test('a foreign key makes way for the type of its column', () => {
    const before = { ...plain, foreignKeys: [key('t')] }
    const columns = plain.columns.map((one) => (one === other ? { ...one, type: 'bigint' } : one))
    const ops = ['dropForeignKey', 'alterColumn', 'addForeignKey']
    assert.deepEqual(kinds(differences([before], [{ ...before, columns }])), ops)
  })
})

suite('A name that is taken', () => {
  const indexed = (of: string, ...names: string[]) =>
    table(of, [name], { primaryKey: null, indexes: names.map((one) => index(one, ['name'])) })
  const namesIn = (operations: Operation[]) =>
    operations.flatMap((one) => {
      if (one.op === 'createTable') return one.table.indexes.map((it) => it.name)
      return one.op === 'addIndex' ? [one.index.name] : []
    })

  test('is left to the table that got another one, and a new table of its name takes others', () => {
    const renames = { tables: [{ from: 'a', to: 'b' }], columns: [] }
    const operations = differences(
      [indexed('a', 'i')],
      [indexed('b', 'i'), indexed('a', 'i')],
      renames,
    )
    assert.deepEqual(kinds(operations), ['renameTable', 'createTable'])
    assert.deepEqual(namesIn(operations), ['i_2'])
  })

  test('in another case, or by a table, is taken too', () => {
    const declared = [indexed('a', 'i', 'b'), indexed('b')]
    assert.deepEqual(namesIn(differences([indexed('c', 'I')], [indexed('c', 'I'), ...declared])), [
      'i_2',
      'b_2',
    ])
  })

  test('is free again after what had it is dropped, for one', () => {
    const wide = [name, column('nick', 'text')]
    const before = table('t', wide, { indexes: [index('i', ['name'])] })
    const after = table('t', wide, {
      indexes: [index('i', ['nick']), index('i', ['nick', 'name'])],
    })
    assert.deepEqual(namesIn(differences([before], [after])), ['i', 'i_2'])
  })

  test('stays one that every database can take', () => {
    const long = 'ü'.repeat(31)
    const [free = ''] = namesIn(
      differences([indexed('a', long)], [indexed('a', long), indexed('b', long)]),
    )
    assert.equal(free, `${'ü'.repeat(30)}_2`)
  })
})
