import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createdTables } from '../../../src/framework/migrations/compare/created'
import type { Table } from '../../../src/framework/migrations/schema'
import { column, index, table } from './dialects/contract'

const name = column('name', 'string(50)')
const plain = table('t', [name])
const check = (expression: string, of: string | null = 'c') => ({ name: of, expression })

suite('What Knex says wrongly of a new table', () => {
  const later = (more: Partial<Table>) =>
    createdTables([{ ...plain, ...more }], [], [])
      .map(({ op }) => op)
      .slice(1)

  test('is said afterwards', () => {
    const of = (more: object) => ({ columns: [{ ...name, ...more }] })
    assert.deepEqual(later(of({ default: "'?'" })), ['alterColumn'])
    assert.deepEqual(later(of({ type: 'text', default: "'\\'" })), ['alterColumn'])
    assert.deepEqual(later(of({ type: 'json', default: 'now()' })), ['alterColumn'])
    assert.deepEqual(later(of({ comment: "it's" })), ['alterColumn'])
    assert.deepEqual(later({ comment: "it's" }), ['commentTable'])
    assert.deepEqual(later({ checks: [check("name <> '?'")] }), ['addCheck'])
    assert.deepEqual(later({ checks: [check('id > 0', "it's")] }), ['addCheck'])
    assert.deepEqual(later({ indexes: [index('i', ['id'], { where: 'id > 0' })] }), ['addIndex'])
  })

  test('is nothing else', () => {
    const checks = [check("name <> '\\'"), check('id > 0', 'größer_1'), check('id > 1', null)]
    assert.deepEqual(later({ checks, indexes: [index('i', ['id', 'name'], { unique: true })] }), [])
  })
})
