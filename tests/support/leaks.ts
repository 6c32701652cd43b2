/**
 * `npm test` loads this before each test file: the file's process must come to an end. One that
 * leaves something open after its last test fails, and so does one that is never done.
 */
import { relative } from 'node:path'
import { after } from 'node:test'
import { isMainThread, Worker } from 'node:worker_threads'

const patience = 3_000
const deadline = 120_000
const file = relative(process.cwd(), process.argv[1] ?? '')

// The threads and forks of a test inherit the option that loads this file.
if (isMainThread && file.endsWith('.test.ts')) {
  watch()
  // Hooks run in order: this one is to come after the file's own, which close things.
  process.nextTick(() => after(() => void setTimeout(refuseLeaks, patience).unref()))
}

/** With nothing open a process ends by itself, so one that is still there has a leak. */
function refuseLeaks(): void {
  const open = process.getActiveResourcesInfo()
  for (const output of ['PipeWrap', 'PipeWrap']) open.splice(open.indexOf(output), 1)
  const named = open.join(', ') || 'something without a name, such as a worker thread'
  process.stderr.write(`${file} leaves open after its last test: ${named}.\n`, () =>
    process.exit(1),
  )
}

/** Kills from a thread, as what hangs may block the event loop or ignore SIGTERM. */
function watch(): void {
  const sentence = `${file} is not done after ${deadline / 1000} s and is killed.\n`
  const thread = `setTimeout(() => {
    require('node:fs').writeSync(2, ${JSON.stringify(sentence)})
    process.kill(process.pid, 'SIGKILL')
  }, ${deadline})`
  new Worker(thread, { eval: true, execArgv: [] }).unref()
}
