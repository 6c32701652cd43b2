/** What a user may and may not write with tasks: `tsc` reads this file, nobody runs it. */

import { divide } from '../../src/features/users/tasks'
import { type Job, task } from '../../src/framework'

export async function called(): Promise<void> {
  const here: number = await divide(1, 2)
  // @ts-expect-error it gives a number
  const text: string = await divide(1, 2)
  // @ts-expect-error too few arguments
  await divide(1)
  // @ts-expect-error wrong arguments
  await divide('1', 2)
  console.log(here, text)
}

export async function now(): Promise<void> {
  const job: Job<number> = await divide.now(1, 2)
  // @ts-expect-error too few arguments
  await divide.now(1)
  // @ts-expect-error none at all
  await divide.now()
  // @ts-expect-error too many arguments
  await divide.now(1, 2, 3)
  // @ts-expect-error an argument of the wrong type
  await divide.now(1, '2')
  // @ts-expect-error null is no number
  await divide.now(1, null)
  // @ts-expect-error a job is not its result
  const result: number = await divide.now(1, 2)
  console.log(job, result)
}

export async function at(): Promise<void> {
  await divide.at(new Date(), 1, 2)
  // @ts-expect-error a moment is a Date
  await divide.at('tomorrow', 1, 2)
  // @ts-expect-error a moment is a Date
  await divide.at(Date.now(), 1, 2)
  // @ts-expect-error the moment comes first
  await divide.at(1, 2, new Date())
  // @ts-expect-error too few arguments
  await divide.at(new Date(), 1)
}

export async function after(): Promise<void> {
  await divide.in('5 minutes', 1, 2)
  await divide.in(5_000, 1, 2)
  // @ts-expect-error a delay is no Date
  await divide.in(new Date(), 1, 2)
  // @ts-expect-error too few arguments
  await divide.in('5 minutes', 1)
  // @ts-expect-error an argument of the wrong type
  await divide.in('5 minutes', 1, '2')
}

export async function every(): Promise<void> {
  await divide.every('0 3 * * *', 1, 2)
  await divide.every(60_000, 1, 2)
  // @ts-expect-error an interval is needed
  await divide.every(1, 2)
  // @ts-expect-error an argument of the wrong type
  await divide.every('0 3 * * *', 1, '2')
  // @ts-expect-error an interval is no Date
  await divide.every(new Date(), 1, 2)
}

export async function results(): Promise<void> {
  const job = await divide.now(1, 2)
  const value: number = await job.result()
  const fixed: string = (await job.result({ timeout: 1_000 })).toFixed(2)
  // @ts-expect-error the result is a number
  const text: string = await job.result()
  // @ts-expect-error a number has no such method
  ;(await job.result()).toUpperCase()
  // @ts-expect-error a timeout is a number of milliseconds
  await job.result({ timeout: '1 s' })
  // @ts-expect-error no such option
  await job.result({ timout: 1_000 })
  // @ts-expect-error no such state
  const running = job.state === 'RUNNING'
  // @ts-expect-error what is known of a job cannot be written
  job.id = '7'
  console.log(value, fixed, text, running)
}

const greet = task('greet', (name: string, times = 1) => name.repeat(times))
const report = task('report', async (): Promise<{ lines: string[] }> => ({ lines: [] }))
const total = task('total', (...numbers: number[]) => numbers.length)

export async function otherTasks(): Promise<void> {
  await greet.now('ann')
  await greet.now('ann', 2)
  // @ts-expect-error an optional argument has a type as well
  await greet.now('ann', 'twice')
  const greeting: string = await (await greet.now('ann')).result()

  await report.now()
  // @ts-expect-error it takes no arguments
  await report.now(1)
  const { lines } = await (await report.now()).result()
  // @ts-expect-error a line is text
  const first: number | undefined = lines[0]

  await total.now()
  await total.now(1, 2, 3)
  // @ts-expect-error each of them is a number
  await total.now(1, '2')
  console.log(greeting, first)
}

export const declared = [
  task('limited', () => {}, { concurrency: 2 }),
  // @ts-expect-error a task needs a function
  task('nothing'),
  // @ts-expect-error a name is text
  task(7, () => {}),
  // @ts-expect-error no such option
  task('slow', () => {}, { concurency: 2 }),
]
