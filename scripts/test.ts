/**
 * `npm test`: every test, or those of the files and folders given, as in `npm test -- tests/jobs`.
 * With CI=true a skipped test is a failure.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec, type TestEvent } from 'node:test/reporters'

const root = dirname(__dirname)

const given = process.argv.slice(2)

void main(given.length > 0 ? given : ['tests'])

async function main(places: string[]): Promise<void> {
  const empty = places.filter((place) => testFiles(place).length === 0)
  if (empty.length > 0) {
    console.error(`No test file (*.test.ts) is found in ${empty.join(', ')}.`)
    process.exitCode = 1
    return
  }
  process.env.NODE_ENV = 'test'
  // Each file runs in a process of its own, with the options of this one.
  process.execArgv.push('-r', join(root, 'tests/support/leaks.ts'))
  const events = run({ files: places.flatMap(testFiles), concurrency: 2 })
  await pipeline(events, judge, new spec(), process.stdout)
}

function testFiles(place: string): string[] {
  const path = resolve(root, place)
  if (!existsSync(path)) return []
  const found = statSync(path).isDirectory() ? within(path) : [path]
  return found.filter((file) => file.endsWith('.test.ts'))
}

function within(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.sort().map((name) => join(folder, name))
}

/** Passes the events on, sets the exit code, and names before the totals what CI may not skip. */
async function* judge(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  let skipped: string[] = []
  for await (const event of events) {
    if (event.type === 'test:fail' && event.data.todo === undefined) process.exitCode = 1
    if (event.type === 'test:pass' && event.data.skip !== undefined) skipped.push(skip(event.data))
    if (event.type === 'test:diagnostic' && !event.data.file && process.env.CI === 'true') {
      if (skipped.length > 0) process.exitCode = 1
      yield* skipped.map((message) => ({ ...event, data: { ...event.data, message } }))
      skipped = []
    }
    yield event
  }
}

function skip({
  file = '',
  name,
  skip,
}: Extract<TestEvent, { type: 'test:pass' }>['data']): string {
  const reason = typeof skip === 'string' ? skip : 'no reason given'
  return `CI skips nothing, but ${relative(root, file)} › ${name}: ${reason}`
}
