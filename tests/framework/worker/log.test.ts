import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Events } from '../../../src/framework/events'
import { logEvents } from '../../../src/framework/worker/log'

/** The lines that the events of `body` become, without their times. */
function lines(body: (events: Events) => void): string[] {
  const events = new Events()
  const written: string[] = []
  logEvents(events, (line) => written.push(line.replace(/^\[[\d-]+ [\d:]+,\d{3}: /, '[')))
  body(events)
  return written
}

const job = { id: '1', name: 'users.divide' }

test('a received job is a line with its name and id', () => {
  const written = lines((events) => events.emit('job.received', job))
  assert.deepEqual(written, ['[INFO/Worker] Task users.divide[1] received'])
})

test('a finished job is a line with its time and value', () => {
  const written = lines((events) => {
    events.emit('job.succeeded', { ...job, seconds: 5.0109, result: 0.5 })
    events.emit('job.succeeded', {
      ...job,
      seconds: 0.0014,
      result: { name: 'Ann', tags: ['a', 'b'] },
    })
    events.emit('job.succeeded', { ...job, seconds: 61, result: undefined })
  })
  assert.deepEqual(written, [
    '[INFO/Worker] Task users.divide[1] succeeded in 5.01s: 0.5',
    "[INFO/Worker] Task users.divide[1] succeeded in 0.001s: { name: 'Ann', tags: [ 'a', 'b' ] }",
    '[INFO/Worker] Task users.divide[1] succeeded in 61.00s: undefined',
  ])
})

test('a huge value is cut', () => {
  const [line = ''] = lines((events) => {
    events.emit('job.succeeded', { ...job, seconds: 1, result: 'x'.repeat(1_000_000) })
  })
  assert.ok(line.length < 500)
})

test('a failed job is a line with the error, followed by its stack', () => {
  const error = new RangeError('too far')
  const [line = ''] = lines((events) => events.emit('job.failed', { ...job, seconds: 1, error }))
  const [first, ...stack] = line.split('\n')
  assert.equal(first, '[ERROR/Worker] Task users.divide[1] raised RangeError: too far')
  assert.match(stack.join('\n'), /^RangeError: too far\n +at .*log\.test\.ts:\d+/)
})

test('a job that was put back is a line', () => {
  const written = lines((events) => events.emit('job.released', job))
  assert.deepEqual(written, ['[INFO/Worker] Task users.divide[1] put back'])
})

test('a failing job store is a line', () => {
  const written = lines((events) => events.emit('store.failed', { error: new Error('disk full') }))
  assert.deepEqual(written, ['[ERROR/Worker] disk full'])
})
