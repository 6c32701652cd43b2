import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NotStorableError } from '../../../src/framework/errors'
import { fromStored, toStored } from '../../../src/framework/jobs/values'

function roundTrip(value: unknown): unknown {
  return fromStored(JSON.parse(JSON.stringify(toStored(value, 'value'))))
}

function refusal(value: unknown): string {
  try {
    toStored(value, 'Argument 1 of t')
  } catch (error) {
    if (error instanceof NotStorableError) return error.message
    throw error
  }
  return 'accepted'
}

test('any JSON value, with dates anywhere in it, comes back equal', () => {
  const leaf = fc.oneof(fc.jsonValue({ depthSize: 'small' }), fc.date({ noInvalidDate: true }))
  const value = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), leaf))
  fc.assert(
    fc.property(value, (original) => {
      assert.equal(JSON.stringify(roundTrip(original)), JSON.stringify(original))
    }),
  )
})

test('a date comes back as a Date', () => {
  assert.deepEqual(roundTrip({ at: new Date(0) }), { at: new Date(0) })
})

test('an object that looks like a stored date stays an object', () => {
  const tricky = { $date: '2026-01-01T00:00:00.000Z', $plain: { $date: 1 } }
  assert.deepEqual(roundTrip(tricky), tricky)
})

test('a key named __proto__ stays a key', () => {
  const value = JSON.parse('{"__proto__": {"admin": true}}') as object
  assert.equal(JSON.stringify(roundTrip(value)), '{"__proto__":{"admin":true}}')
})

test('an object without a prototype is a plain object', () => {
  assert.deepEqual(roundTrip(Object.assign(Object.create(null), { a: 1 })), { a: 1 })
})

const refused: [string, unknown, RegExp][] = [
  ['undefined', undefined, /is undefined/],
  ['a hole in an array', new Array(2), /\[0\] is undefined/],
  ['a function', { f: () => 1 }, /\.f is a function/],
  ['a symbol', Symbol('s'), /is a symbol/],
  ['a bigint', 1n, /is a bigint/],
  ['NaN', [Number.NaN], /\[0\] is NaN/],
  ['Infinity', Number.POSITIVE_INFINITY, /is Infinity/],
  ['an invalid date', new Date('x'), /is an invalid Date/],
  ['a Map', { a: { b: new Map() } }, /Argument 1 of t\.a\.b is an object of class Map/],
  ['a Buffer', Buffer.from('x'), /class Buffer/],
  ['an instance of a class', new (class User {})(), /class User/],
  ['a boxed string', new String('x'), /class String/],
]

for (const [what, value, message] of refused) {
  test(`${what} is refused, and the error names its place`, () => {
    assert.match(refusal(value), message)
  })
}

test('a value that contains itself is refused', () => {
  const loop: Record<string, unknown> = {}
  loop.again = { loop }
  assert.match(refusal(loop), /\.again\.loop is part of itself/)
})

test('the same object in two places is no loop', () => {
  const shared = { a: 1 }
  assert.deepEqual(roundTrip([shared, shared]), [{ a: 1 }, { a: 1 }])
})

test('a value nested without end is refused instead of overflowing', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 10_000; depth++) deep = [deep]
  assert.match(refusal(deep), /nested more than 500 deep/)
})
