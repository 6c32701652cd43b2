import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../../../src/framework/commands/table'

const columns = [
  { title: 'id' },
  { title: 'runs', right: true },
  { title: 'worker', spare: true },
  { title: 'task', cut: true },
]
const rows = [
  ['a1', '1', '9fb48381', 'users.divide(1, 2)'],
  ['b22', '12', '', 'math.add()'],
]
const wide = Number.POSITIVE_INFINITY

test('columns are as wide as what is in them, and numbers stand at the right', () => {
  assert.equal(
    table(columns, rows, wide),
    `id   runs  worker    task
a1      1  9fb48381  users.divide(1, 2)
b22    12            math.add()`,
  )
})

test('a table that fits exactly is whole', () => {
  assert.equal(table(columns, rows, 39), table(columns, rows, wide))
})

test('where there is no room for all columns the spare ones are left out', () => {
  assert.equal(
    table(columns, rows, 38),
    `id   runs  task
a1      1  users.divide(1, 2)
b22    12  math.add()`,
  )
})

test('a column that may be cut is cut to what room is left', () => {
  const lines = table(columns, rows, 22).split('\n')
  assert.deepEqual(lines, ['id   runs  task', 'a1      1  users.divi…', 'b22    12  math.add()'])
  assert.ok(lines.every((line) => line.length <= 22))
})

test('it is never cut to less than one can read, and no other column is', () => {
  const [, first] = table(columns, rows, 5).split('\n')
  assert.equal(first, 'a1      1  users.div…')
})

test('without rows there are the titles', () => {
  assert.equal(table(columns, [], wide), 'id  runs  worker  task')
})

test('what a terminal would take for an order is a space', () => {
  const text = table([{ title: 'host' }], [['a\u001b[31m\nb\u009bc']], wide)
  assert.equal(text, 'host\na [31m b c')
})
