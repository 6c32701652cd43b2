/** What a migration may and may not say: `tsc` reads this file, nobody runs it. */

import type { Knex } from 'knex'
import { change, onlyOn } from '../../src/framework/migrations/change'

export async function takesWhatIsGenerated(knex: Knex): Promise<void> {
  onlyOn(knex, 'postgres')
  await change(knex, [
    {
      op: 'createTable',
      table: 'users',
      as: (table) => {
        table.increments('id')
        table.string('name', 9).notNullable().defaultTo(knex.raw('now()'))
      },
    },
    { op: 'dropTable', table: 'users' },
    { op: 'renameTable', from: 'users', to: 'people' },
    { op: 'commentTable', table: 'users', from: null, to: 'all of them' },
    { op: 'addColumn', table: 'users', column: { name: 'age', type: 'integer' }, fill: '0' },
    { op: 'dropColumn', table: 'users', column: { name: 'age', type: 'integer', nullable: true } },
    { op: 'renameColumn', table: 'users', from: 'age', to: 'years' },
    {
      op: 'alterColumn',
      table: 'users',
      from: { name: 'age', type: 'integer', nullable: true, default: '1', autoIncrement: true },
      to: { name: 'age', type: 'bigint', comment: 'in years', extra: 'collate nocase' },
      fill: '0',
    },
    { op: 'addPrimaryKey', table: 'users', key: { name: 'users_pkey', columns: ['id'] } },
    { op: 'dropPrimaryKey', table: 'users', key: { name: null, columns: ['id'] } },
    {
      op: 'addIndex',
      table: 'users',
      index: {
        name: 'i',
        columns: ['a', { name: 'b', descending: true }],
        unique: true,
        where: 'a > 0',
      },
    },
    { op: 'dropIndex', table: 'users', index: { name: 'i', columns: ['a'] } },
    {
      op: 'addForeignKey',
      table: 'users',
      key: { name: null, columns: ['a'], table: 'b', references: ['c'], onDelete: 'set null' },
    },
    {
      op: 'dropForeignKey',
      table: 'users',
      key: { name: 'k', columns: ['a'], table: 'b', references: ['c'] },
    },
    { op: 'addCheck', table: 'users', check: { name: 'c', expression: 'a > 0' } },
    { op: 'dropCheck', table: 'users', check: { name: null, expression: 'a > 0' } },
    (trx) => trx('users').update({ age: 7 }),
  ])
}

export async function refusesWhatIsWrong(knex: Knex): Promise<void> {
  // @ts-expect-error no such operation
  await change(knex, [{ op: 'dropEverything', table: 'users' }])
  // @ts-expect-error of which table?
  await change(knex, [{ op: 'addColumn', column: { name: 'age', type: 'integer' } }])
  // @ts-expect-error of which type?
  await change(knex, [{ op: 'addColumn', table: 'users', column: { name: 'age' } }])
  await change(knex, [
    // @ts-expect-error a misspelt word
    { op: 'addColumn', table: 'users', column: { name: 'age', type: 'integer', nulable: true } },
  ])
  await change(knex, [
    // @ts-expect-error a default is SQL
    { op: 'addColumn', table: 'users', column: { name: 'age', type: 'integer', default: 7 } },
  ])
  // @ts-expect-error to which name?
  await change(knex, [{ op: 'renameTable', from: 'users' }])
  // @ts-expect-error a name has columns
  await change(knex, [{ op: 'addIndex', table: 'users', index: { name: 'i' } }])
  // @ts-expect-error an index has a name
  await change(knex, [{ op: 'addIndex', table: 'users', index: { columns: ['a'] } }])
  await change(knex, [
    {
      op: 'addForeignKey',
      table: 'users',
      // @ts-expect-error no such action
      key: { name: 'k', columns: ['a'], table: 'b', references: ['c'], onDelete: 'forget' },
    },
  ])
  // @ts-expect-error a table is built by Knex
  await change(knex, [{ op: 'createTable', table: 'users', columns: [] }])
  // @ts-expect-error work takes time
  await change(knex, [() => 7])
  // @ts-expect-error no such database
  onlyOn(knex, 'oracle')
}
