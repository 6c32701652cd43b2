import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type EventMap, Events } from '../../src/framework/events'

const job = { id: '1', name: 'users.divide' }

/** What is written to stderr from now on, which is kept from the terminal. */
function stderr(t: TestContext): string[] {
  const written: string[] = []
  t.mock.method(process.stderr, 'write', (text: string) => written.push(text))
  return written
}

test('a listener is told what the event says', () => {
  const events = new Events()
  const heard: EventMap['job.started'][0][] = []
  events.on('job.started', (event) => heard.push(event))
  events.emit('job.started', { ...job, attempt: 2 })
  assert.deepEqual(heard, [{ ...job, attempt: 2 }])
})

test('emit() says whether anybody listens', () => {
  const events = new Events()
  const before = events.emit('job.received', job)
  events.on('job.received', () => {})
  assert.deepEqual([before, events.emit('job.received', job)], [false, true])
})

test('a listener that throws is reported, and does not keep the others from hearing', (t) => {
  const events = new Events()
  const written = stderr(t)
  const heard: string[] = []
  events.on('job.received', () => {
    throw new Error('deaf')
  })
  events.on('job.received', ({ id }) => heard.push(id))
  events.emit('job.received', job)
  assert.deepEqual(heard, ['1'])
  assert.match(written.join(''), /^A listener of job\.received threw: Error: deaf\n +at /)
})

test('a listener that throws something else than an error is reported as well', (t) => {
  const events = new Events()
  const written = stderr(t)
  events.on('job.received', () => {
    // biome-ignore lint/style/useThrowOnlyError: a listener may throw anything
    throw 'deaf'
  })
  events.emit('job.received', job)
  assert.deepEqual(written, ['A listener of job.received threw: deaf\n'])
})

test('an async listener that fails is reported, and is no unhandled rejection', async (t) => {
  const events = new Events()
  const written = stderr(t)
  events.on('job.received', async () => {
    throw new Error('deaf')
  })
  events.emit('job.received', job)
  await setImmediate()
  assert.match(written.join(''), /^A listener of job\.received threw: Error: deaf/)
})

test('a listener added with once() hears one event', () => {
  const events = new Events()
  let heard = 0
  events.once('job.received', () => {
    heard += 1
  })
  events.emit('job.received', job)
  events.emit('job.received', job)
  assert.deepEqual([heard, events.listenerCount('job.received')], [1, 0])
})

test('an event can be awaited', async () => {
  const events = new Events()
  const heard = once(events, 'job.received')
  events.emit('job.received', job)
  assert.deepEqual(await heard, [job])
})

test('a listener that was removed hears no more', () => {
  const events = new Events()
  let heard = 0
  const listener = () => {
    heard += 1
  }
  events.on('job.received', listener)
  events.off('job.received', listener)
  events.emit('job.received', job)
  assert.equal(heard, 0)
})

test('a listener that removes itself does not keep the next one from hearing', () => {
  const events = new Events()
  const heard: string[] = []
  const first = () => {
    heard.push('first')
    events.off('job.received', first)
  }
  events.on('job.received', first)
  events.on('job.received', () => heard.push('second'))
  events.emit('job.received', job)
  assert.deepEqual(heard, ['first', 'second'])
})
