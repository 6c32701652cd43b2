import { once } from 'node:events'
import type { Application } from '../../src/framework/application'
import type { SettingValues } from '../../src/framework/config'
import { task } from '../../src/framework/jobs'

/** Makes an application with the tasks of this file, on the store that is tested. */
export type MakeApp = (settings?: SettingValues) => Application

const gate = new EventTarget()
const opened = new Set<string>()
/** What the tasks `record` and `wait` were called with, in order. */
export const runs: unknown[] = []

export const divide = task('contract.divide', (x: number, y: number) => x / y)
export const fail = task('contract.fail', (message: string) => {
  throw Object.assign(new RangeError(message), { code: 'E_RANGE' })
})
export const nextDay = task('contract.nextDay', (day: Date) => new Date(day.getTime() + 86_400_000))
export const nothing = task('contract.nothing', () => {})
export const record = task('contract.record', (what: string) => {
  runs.push(what)
})
/** Ends when `open(name)` is called. */
export const wait = task('contract.wait', async (name: string) => {
  runs.push(name)
  if (!opened.has(name)) await once(gate, name)
  return name
})
export const oneByOne = task('contract.oneByOne', (n: number) => n, { concurrency: 1 })
export const tasks = { divide, fail, nextDay, nothing, record, wait, oneByOne }

export function open(name: string): void {
  opened.add(name)
  gate.dispatchEvent(new Event(name))
}

/** Begins anew, for the next store. */
export function forget(): void {
  runs.length = 0
  opened.clear()
}
