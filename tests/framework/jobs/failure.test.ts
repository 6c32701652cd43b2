import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { asError, reviveError, storeError } from '../../../src/framework/jobs/failure'

function roundTrip(error: Error): Error {
  return reviveError(JSON.parse(JSON.stringify(storeError(error))))
}

test('a built-in error comes back as its own class', () => {
  const error = roundTrip(new RangeError('too far'))
  assert.ok(error instanceof RangeError)
  assert.equal(error.message, 'too far')
})

test('an error of the project comes back under its name', () => {
  class PaymentError extends Error {
    override name = 'PaymentError'
  }
  const error = roundTrip(new PaymentError('declined'))
  assert.equal(error.name, 'PaymentError')
  assert.match(inspect(error), /^PaymentError: declined/)
})

test('the stack is that of the place where it was thrown', () => {
  assert.match(roundTrip(new Error('here')).stack ?? '', /failure\.test\.ts:\d+/)
})

test('properties that can be stored come along, others are left behind', () => {
  const error = Object.assign(new Error('x'), { code: 'E1', at: new Date(0), socket: new Map() })
  const revived = roundTrip(error) as Error & { code?: string; at?: Date; socket?: unknown }
  assert.deepEqual([revived.code, revived.at, revived.socket], ['E1', new Date(0), undefined])
})

test('the causes are part of the stack', () => {
  const error = new Error('outer', { cause: new Error('inner') })
  assert.match(roundTrip(error).stack ?? '', /\[cause\]: Error: inner/)
})

for (const thrown of [null, undefined, 'text', 7, { a: 1 }]) {
  test(`a task that throws ${inspect(thrown)} fails with an Error that shows it`, () => {
    const error = asError(thrown)
    assert.ok(error instanceof Error)
    assert.ok(error.message.includes(inspect(thrown)))
  })
}
