import type { Job, Queue, WorkerRecord } from '../../jobs'
import { type Answer, shown } from '../answer'
import { record } from './record'
import { ago, due, exact, span } from './times'

type Fact = readonly [name: string, value: string | undefined]

const indent = 10

/**
 * All that is known of a job.
 *
 * @throws JobNotFoundError
 */
export async function show(queue: Queue, id: string): Promise<Answer> {
  const job = await queue.find(id)
  const worker = (await queue.workers()).find((each) => each.id === job.worker)
  return { text: (width) => described(job, worker, width - indent), json: record(job) }
}

function described(job: Job<unknown>, worker: WorkerRecord | undefined, width: number): string {
  const facts: Fact[] = [
    ['job', job.id],
    ['task', job.name],
    ...job.args.map((arg, index): Fact => [index === 0 ? 'arguments' : '', shown(arg, width)]),
    ['state', job.state],
    ['runs', String(job.attempts)],
    ['priority', String(job.priority)],
    ['progress', job.progress === undefined ? undefined : `${job.progress} %`],
    ...times(job),
    ['worker', worker ? `${worker.id}, process ${worker.pid} on ${worker.host}` : job.worker],
    ['repeats', repetition(job)],
    ['paused', job.paused ? 'yes' : undefined],
    ['result', job.state === 'SUCCESS' ? shown(job.value, width) : undefined],
    ['error', job.error?.stack],
  ]
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
  return known.map(([name, value]) => name.padEnd(indent) + indented(value)).join('\n')
}

function times({ sentAt, scheduledFor, startedAt, finishedAt }: Job<unknown>): Fact[] {
  return [
    ['sent', sentAt && `${exact(sentAt)}, ${ago(sentAt)}`],
    ['due', scheduledFor && `${exact(scheduledFor)}, ${due(scheduledFor)}`],
    ['began', startedAt && `${exact(startedAt)}, ${ago(startedAt)}`],
    ['ended', finishedAt && `${exact(finishedAt)}, ${ago(finishedAt)}`],
  ]
}

function repetition({ repeats, timezone }: Job<unknown>): string | undefined {
  if (repeats === undefined) return undefined
  // A store may keep a number of milliseconds as text.
  const every = /^\d+$/.test(String(repeats)) ? `every ${span(Number(repeats))}` : String(repeats)
  return timezone ? `${every}, ${timezone}` : every
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${' '.repeat(indent)}`)
}
