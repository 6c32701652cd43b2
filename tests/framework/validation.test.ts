import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ValidationError } from '../../src/framework/errors'
import { compile, type TSchema, Type, validate } from '../../src/framework/validation'

const person = Type.Object(
  {
    name: Type.String({ maxLength: 8 }),
    age: Type.Integer({ minimum: 0, default: 18 }),
    tags: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

/** The problems of a value, each as its place, its sentence and its rule. */
function problems(schema: TSchema, value: unknown, options = {}): string[] {
  try {
    validate(schema, value, 'body', options)
  } catch (error) {
    assert.ok(error instanceof ValidationError)
    return error.errors.map(({ loc, msg, type }) => `${loc.join('.')}: ${msg} (${type})`).sort()
  }
  return []
}

test('a value that fits is returned as it is, with defaults filled in', () => {
  const value = { name: 'ann' }
  const checked = validate(person, value, 'body')
  assert.equal(checked, value)
  assert.deepEqual(checked, { name: 'ann', age: 18 })
})

test('every problem is listed, each with its place and its rule', () => {
  assert.deepEqual(problems(person, { name: 'much too long', age: -1.5, tags: ['a', 7] }), [
    'body.age: must be >= 0 (minimum)',
    'body.age: must be integer (type)',
    'body.name: must NOT have more than 8 characters (maxLength)',
    'body.tags.1: must be string (type)',
  ])
})

test('what is missing, and what is not known, is named by its own place', () => {
  assert.deepEqual(problems(person, { nme: 'ann' }), [
    'body.name: is missing (required)',
    'body.nme: is not known here (additionalProperties)',
  ])
})

test('a value that is no object at all is a problem of the whole', () => {
  assert.deepEqual(problems(person, 'ann'), ['body: must be object (type)'])
  assert.deepEqual(problems(person, undefined), ['body: must be object (type)'])
})

test('a name with a slash or a tilde is shown as it is', () => {
  const schema = Type.Object({ 'a/b~c': Type.Integer() })
  assert.deepEqual(problems(schema, { 'a/b~c': 'x' }), ['body.a/b~c: must be integer (type)'])
})

test('no sentence has the value in it', () => {
  const secret = 'hunter22'
  const schema = Type.Object({
    a: Type.String({ pattern: '^x$' }),
    b: Type.Union([Type.Literal('x'), Type.Literal('y')]),
    c: Type.Integer(),
    d: Type.String({ format: 'email' }),
    e: Type.Array(Type.String(), { uniqueItems: true }),
    f: Type.Literal('x'),
  })
  const value = { a: secret, b: secret, c: secret, d: secret, e: [secret, secret], f: secret }
  assert.throws(
    () => validate(schema, value, 'body'),
    (error: ValidationError) => {
      assert.ok(error.errors.length >= 6)
      return !JSON.stringify([error, error.paragraph, error.stack]).includes(secret)
    },
  )
})

test('text stays text where nothing is to be turned into another type', () => {
  assert.deepEqual(problems(person, { name: 'ann', age: '18' }), [
    'body.age: must be integer (type)',
  ])
})

test('text of a URL is turned into the declared type', () => {
  const query = Type.Object({
    limit: Type.Integer(),
    deep: Type.Boolean(),
    tags: Type.Array(Type.String()),
  })
  const checked = validate(query, { limit: '20', deep: 'true', tags: 'one' }, 'query', {
    coerce: true,
  })
  assert.deepEqual(checked, { limit: 20, deep: true, tags: ['one'] })
})

test('text of a URL that is not of the declared type is a problem', () => {
  const query = Type.Object({ limit: Type.Integer() })
  for (const limit of ['', 'many', '1.5', '1e999', 'Infinity']) {
    assert.deepEqual(problems(query, { limit }, { coerce: true }), [
      'body.limit: must be integer (type)',
    ])
  }
})

test('formats are checked', () => {
  const schema = Type.Object({
    when: Type.String({ format: 'date-time' }),
    id: Type.String({ format: 'uuid' }),
  })
  assert.deepEqual(problems(schema, { when: 'tomorrow', id: '7' }), [
    'body.id: must match format "uuid" (format)',
    'body.when: must match format "date-time" (format)',
  ])
})

test('what a column means to the database does not keep a value from its check', () => {
  const schema = Type.Object({ id: Type.Integer({ primaryKey: true, unique: true }) })
  assert.deepEqual(problems(schema, { id: 1 }), [])
})

test('a misspelt keyword is an error of who wrote the schema', () => {
  assert.throws(() => compile(Type.String({ maxLenght: 8 })), /unknown keyword: "maxLenght"/)
})

test('a schema is compiled once', () => {
  assert.equal(compile(person), compile(person))
})

test('a default is the same for everybody, whatever happens to a value that has it', () => {
  const schema = Type.Object({ tags: Type.Array(Type.String(), { default: [] }) })
  validate(schema, {}, 'body').tags.push('seen')
  assert.deepEqual(validate(schema, {}, 'body').tags, [])
})

test('a key __proto__ of a body is just one that is not known', () => {
  const value = JSON.parse('{ "name": "ann", "__proto__": { "admin": true } }')
  assert.deepEqual(problems(person, value), [
    'body.__proto__: is not known here (additionalProperties)',
  ])
})
