import { type JobState, jobStates, type Queue, type TaskCounts } from '../../jobs'
import type { Answer } from '../answer'
import { table } from '../table'
import type { Selection } from './selection'

/** How many jobs of each task stand in each state, and altogether. */
export async function stats(queue: Queue): Promise<Answer> {
  const tasks = await queue.stats()
  return {
    text: (width) => (tasks.length === 0 ? 'No jobs.' : counts(tasks, width)),
    json: {
      tasks: tasks.map(({ name, counts }) => ({ task: name, ...counts, total: sum(counts) })),
      total: { ...totals(tasks), total: total(tasks) },
    },
  }
}

/** How many of the counted jobs a selection means. */
export function total(tasks: readonly TaskCounts[], { task, state }: Selection = {}): number {
  return tasks
    .filter(({ name }) => task === undefined || name === task)
    .reduce((all, { counts }) => all + (state ? counts[state] : sum(counts)), 0)
}

function counts(tasks: readonly TaskCounts[], width: number): string {
  const numbers = [...jobStates, 'total'].map((title) => ({ title, right: true }))
  const rows = [...tasks, { name: 'total', counts: totals(tasks) }].map(({ name, counts }) => [
    name,
    ...jobStates.map((state) => String(counts[state])),
    String(sum(counts)),
  ])
  return table([{ title: 'task', cut: true }, ...numbers], rows, width)
}

function totals(tasks: readonly TaskCounts[]): TaskCounts['counts'] {
  const all = jobStates.map((state) => [state, total(tasks, { state })])
  return Object.fromEntries(all) as Record<JobState, number>
}

function sum(counts: TaskCounts['counts']): number {
  return jobStates.reduce((all, state) => all + counts[state], 0)
}
