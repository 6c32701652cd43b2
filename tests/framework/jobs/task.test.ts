import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  NoApplicationError,
  NotStorableError,
  ScheduleError,
  TaskArgumentsError,
} from '../../../src/framework/errors'
import { task } from '../../../src/framework/jobs'
import { appWith } from '../../support/jobs'

const divide = task('math.divide', (x: number, y: number) => x / y)
const greet = task('text.greet', (name: string, greeting = 'Hello') => `${greeting}, ${name}`)
const sum = task('math.sum', (...numbers: number[]) => numbers.reduce((a, b) => a + b, 0))

type Loose = { now(...args: unknown[]): Promise<unknown> }

async function storedJobs(body: () => Promise<unknown>): Promise<number> {
  const app = appWith({ divide, greet, sum })
  try {
    await body()
    return (await app.agenda.queryJobs()).total
  } finally {
    await app.close()
  }
}

test('a task called directly runs here, like any function, without an application', () => {
  assert.equal(divide(1, 2), 0.5)
})

test('a task prints as its signature', () => {
  assert.equal(inspect(divide), '[Task: math.divide(x, y)]')
})

test('a task cannot be sent while no application is open, and the error says so', async () => {
  await assert.rejects(divide.now(1, 2), (error: Error) => {
    assert.ok(error instanceof NoApplicationError)
    assert.match(error.paragraph, /The task math\.divide was used, but no application is open/)
    return true
  })
})

test('too few arguments are refused before anything is stored', async () => {
  const stored = await storedJobs(() =>
    assert.rejects((divide as Loose).now(1), (error: Error) => {
      assert.ok(error instanceof TaskArgumentsError)
      assert.match(
        error.message,
        /math\.divide\(x, y\) .* needs 2 arguments and was given 1, without y/,
      )
      return true
    }),
  )
  assert.equal(stored, 0)
})

test('too many arguments are refused before anything is stored', async () => {
  const stored = await storedJobs(() =>
    assert.rejects((divide as Loose).now(1, 2, 3), /takes 2 arguments and was given 3/),
  )
  assert.equal(stored, 0)
})

test('an argument that cannot be stored is refused before anything is stored', async () => {
  const stored = await storedJobs(() =>
    assert.rejects(
      (divide as Loose).now(1, () => 2),
      NotStorableError,
    ),
  )
  assert.equal(stored, 0)
})

test('a duration or moment that makes no sense is refused before anything is stored', async () => {
  const stored = await storedJobs(async () => {
    await assert.rejects(divide.in('soon', 1, 2), ScheduleError)
    await assert.rejects(divide.at(new Date('x'), 1, 2), ScheduleError)
    await assert.rejects(divide.every('now and then', 1, 2), ScheduleError)
  })
  assert.equal(stored, 0)
})

for (const priority of ['urgent', 0.5, Number.NaN]) {
  test(`the priority ${priority} is refused before anything is stored`, async () => {
    const wrong = divide.with({ priority: priority as number })
    const stored = await storedJobs(() => assert.rejects(wrong.now(1, 2), { code: 'SEND_REFUSED' }))
    assert.equal(stored, 0)
  })
}

test('a parameter with a default may be left out', async () => {
  assert.equal(await storedJobs(() => greet.now('Ann')), 1)
})

test('a rest parameter takes any number of arguments', async () => {
  assert.equal(await storedJobs(() => sum.now(1, 2, 3, 4)), 1)
})

test('an application sends its own tasks to itself, whatever was opened later', async () => {
  const first = appWith({ divide })
  const second = appWith({ divide })
  try {
    await first.tasks.divide?.now(...([1, 2] as never[]))
    await divide.now(1, 2)
    await divide.now(3, 4)
    const counts = [first, second].map(async (app) => (await app.agenda.queryJobs()).total)
    assert.deepEqual(await Promise.all(counts), [1, 2])
  } finally {
    await first.close()
    await second.close()
  }
})
