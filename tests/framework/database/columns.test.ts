import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../../../src/framework/database'
import { rowSchemas } from '../../../src/framework/database/columns'
import { Type } from '../../../src/framework/validation'

test('a column with primaryKey is the id', () => {
  const columns = { code: Type.String({ primaryKey: true }), id: Type.Integer() }
  assert.equal(rowSchemas(columns).primaryKey, 'code')
})

test('without a primaryKey the column id is it', () => {
  assert.equal(rowSchemas({ id: Type.Integer(), name: Type.String() }).primaryKey, 'id')
})

test('several columns with primaryKey are the id together, in order', () => {
  const columns = {
    user: Type.Integer({ primaryKey: true }),
    group: Type.Integer({ primaryKey: true }),
  }
  assert.deepEqual(rowSchemas(columns).primaryKey, ['user', 'group'])
})

test('a whole number as primary key is counted by the database, so a row may leave it out', () => {
  const { whole } = rowSchemas({ id: Type.Integer({ primaryKey: true }), name: Type.String() })
  assert.deepEqual((whole as { required: string[] }).required, ['name'])
})

test('a text as primary key has to be given', () => {
  const { whole } = rowSchemas({ code: Type.String({ primaryKey: true }) })
  assert.deepEqual((whole as { required: string[] }).required, ['code'])
})

test('no part of a primary key of several columns is counted, so each has to be given', () => {
  const columns = {
    user: Type.Integer({ primaryKey: true }),
    group: Type.Integer({ primaryKey: true }),
  }
  const { whole } = rowSchemas(columns)
  assert.deepEqual((whole as { required: string[] }).required, ['user', 'group'])
})

test('a column with a default, of null as well, may be left out', () => {
  const columns = {
    age: Type.Integer({ default: 0 }),
    motto: Type.Union([Type.String(), Type.Null()], { default: null }),
  }
  assert.deepEqual((rowSchemas(columns).whole as { required: string[] }).required, [])
})

test('tables that share a column leave it as it is', () => {
  const age = Type.Integer({ minimum: 0, default: 18 })
  const before = structuredClone(age)
  class Cat extends table('cats', { id: Type.Integer({ primaryKey: true }), age }) {}
  class Dog extends table('dogs', {
    id: Type.Integer({ primaryKey: true }),
    age,
    name: Type.String(),
  }) {}
  assert.equal(Cat.fromJson({}).age, 18)
  assert.equal(Dog.fromJson({ name: 'rex' }).age, 18)
  assert.deepEqual(Cat.fromJson({}, { patch: true }), Cat.fromDatabaseJson({}))
  assert.throws(() => Cat.fromJson({ name: 'rex' }), /name: is not known here/)
  assert.deepEqual(structuredClone(age), before)
})

test('a default that is a list is not shared between rows', () => {
  class Note extends table('notes', { tags: Type.Array(Type.String(), { default: [] }) }) {}
  Note.fromJson({}).tags.push('seen')
  assert.deepEqual(Note.fromJson({}).tags, [])
})

test('a misspelt option of a column is an error that names it', () => {
  const attempt = () => {
    class Cat extends table('cats', { name: Type.String({ uniqe: true }) }) {}
    return Cat.fromJson({ name: 'tom' })
  }
  assert.throws(attempt, /uniqe/)
})
