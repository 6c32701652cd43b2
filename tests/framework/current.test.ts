import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Current } from '../../src/framework/current'
import { NoApplicationError } from '../../src/framework/errors'

const first = { name: 'first' }
const second = { name: 'second' }

test('with nothing open, an error names who asked', () => {
  assert.throws(() => new Current().get('User'), NoApplicationError)
  assert.throws(() => new Current().get('User'), {
    message: /^User was used, but no application is open/,
  })
})

test('the part that was opened last is current', () => {
  const current = new Current<object>()
  current.open(first)
  current.open(second)
  assert.equal(current.get('User'), second)
})

test('when it is closed, the one before it is current again', () => {
  const current = new Current<object>()
  current.open(first)
  current.open(second)
  current.close(second)
  assert.equal(current.get('User'), first)
})

test('closing a part that is not the last leaves the last current', () => {
  const current = new Current<object>()
  current.open(first)
  current.open(second)
  current.close(first)
  assert.equal(current.get('User'), second)
})

test('closing twice is no error', () => {
  const current = new Current<object>()
  current.open(first)
  current.close(first)
  current.close(first)
  assert.throws(() => current.get('User'), NoApplicationError)
})

test('inside run() its part is current, whatever was opened last', () => {
  const current = new Current<object>()
  current.open(first)
  current.open(second)
  assert.equal(
    current.run(first, () => current.get('User')),
    first,
  )
  assert.equal(current.get('User'), second)
})

test('run() gives what its function returns, and throws what it throws', () => {
  const current = new Current<object>()
  assert.equal(
    current.run(first, () => 7),
    7,
  )
  assert.throws(() => current.run(first, () => assert.fail('no')), { message: 'no' })
})

test('run() holds over awaits and timers, for each caller apart', async () => {
  const current = new Current<object>()
  const later = async () => {
    await setImmediate()
    return current.get('User')
  }
  const seen = await Promise.all([current.run(first, later), current.run(second, later)])
  assert.deepEqual(seen, [first, second])
})

test('an inner run() wins until it ends', () => {
  const current = new Current<object>()
  const seen = current.run(first, () => [
    current.run(second, () => current.get('User')),
    current.get('User'),
  ])
  assert.deepEqual(seen, [second, first])
})
