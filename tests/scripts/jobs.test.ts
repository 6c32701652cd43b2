import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Application } from '../../src/framework/application'
import { appWith, untilState } from '../support/jobs'
import { jobsProgram } from '../support/jobs-program'
import { Program } from '../support/process'
import { Terminal } from '../support/terminal'
import { divide, slow } from '../support/worker-program'

let folder: string
let settings: Record<string, string>
let app: Application
let worker: Program

const jobs = (...args: string[]) => jobsProgram(settings, args)
const json = async (...args: string[]) => JSON.parse((await jobs(...args, '--json')).out)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-jobs-'))
  settings = { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, NODE_ENV: 'test' }
  app = appWith({ divide, slow }, settings)
  worker = new Program('tests/support/worker-program.ts', settings)
  await worker.printed(/Ready\./)
})

after(async () => {
  await worker[Symbol.asyncDispose]()
  await app.close()
  await rm(folder, { recursive: true })
})

test('list shows a row for each job, the latest sent first, and how many there are', async () => {
  const [good, bad] = [await divide.now(1, 2), await divide.now(1, 0)]
  await Promise.allSettled([good.result(), bad.result()])
  const { out, code } = await jobs('list', '--task', 'math.divide')
  const [titles, first, second, , last] = out.split('\n')
  assert.match(titles ?? '', /^id +state +runs +sent +when +worker +task$/)
  assert.match(first ?? '', new RegExp(`^${bad.id}  FAILURE .* ended .* math\\.divide\\(1, 0\\)$`))
  assert.match(second ?? '', new RegExp(`^${good.id}  SUCCESS .* math\\.divide\\(1, 2\\)$`))
  assert.deepEqual([last, code], ['2 jobs.', 0])
})

test('list shows a part of many, says of how many, and how to see more', async () => {
  const sent = await divide.nowMany(Array.from({ length: 5 }, () => [8, 2]))
  await Promise.all(sent.map((job) => job.result()))
  const page = ['list', '--state', 'success', '--limit', '2', '--offset', '1']
  const { out } = await jobs(...page)
  assert.match(out, /\n2 to 3 of \d+ jobs\. More: --offset 3\n$/)
  const { total, jobs: listed } = await json(...page)
  assert.deepEqual([total >= 5, listed.length, listed[0].result], [true, 2, 4])
})

test('in a terminal no line of a table is wider than it', async () => {
  await divide.now(1, 2)
  await using terminal = new Terminal('scripts/jobs.ts', settings, process.cwd(), ['list'])
  assert.equal(await terminal.exit(), 0)
  const lines = terminal.screen.split('\n')
  assert.match(lines[0] ?? '', /^id .* task$/)
  assert.ok(
    lines.every((line) => line.length <= 100),
    terminal.screen,
  )
})

test('list of what is not there says so', async () => {
  assert.equal((await jobs('list', '--task', 'math.divid')).out, 'No jobs.\n')
  assert.deepEqual(await json('list', '--task', 'math.divid'), {
    ...{ total: 0, limit: 20, offset: 0 },
    jobs: [],
  })
})

test('show tells all of a job: arguments, times, worker, and the error with its stack', async () => {
  const job = await divide.now(1, 0)
  await job.result().catch(() => {})
  const { out } = await jobs('show', job.id)
  const facts = ['job', 'task', 'arguments', 'state', 'runs', 'priority', 'sent', 'began', 'ended']
  for (const fact of [...facts, 'worker', 'error']) assert.match(out, new RegExp(`^${fact} `, 'm'))
  assert.match(out, new RegExp(`process ${worker.child.pid} on `))
  assert.match(out, /error {5}RangeError: division by zero\n +at .*worker-program\.ts:\d+/)
  const shown = await json('show', job.id)
  assert.deepEqual([shown.args, shown.error.name, shown.result], [[1, 0], 'RangeError', null])
  assert.equal(shown.finishedAt, job.finishedAt?.toISOString())
})

test('show tells when a job is due that waits, and how it repeats', async () => {
  const job = await slow.every('5 minutes', 1)
  await job.result()
  const { out } = await jobs('show', job.id)
  assert.match(out, /^due {7}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}, in 5m$/m)
  assert.match(out, /^repeats {3}every 5m$/m)
  await job.revoke()
})

test('result waits for the end of a job and prints its value', async () => {
  const job = await slow.now(1_000)
  assert.deepEqual(await jobs('result', job.id), { out: "'done'\n", err: '', code: 0 })
  assert.equal(await json('result', job.id), 'done')
})

test('result of a job that failed is the error of its task on stderr, and exit code 1', async () => {
  const job = await divide.now(1, 0)
  const { out, err, code } = await jobs('result', job.id, '--json')
  assert.match(err, /^RangeError: division by zero\n +at .*worker-program\.ts/)
  assert.deepEqual([out, code], ['', 1])
})

test('result waits no longer than its timeout', async () => {
  const job = await slow.now(60_000)
  await untilState(job, 'STARTED')
  const { err, code } = await jobs('result', job.id, '--timeout', '50')
  assert.match(err, /had no result after 50 ms; it is STARTED\.\n$/)
  assert.equal(code, 1)
  await job.revoke({ terminate: true })
})

test('workers shows who is alive, and what they run now', async () => {
  const job = await slow.now(60_000)
  await untilState(job, 'STARTED')
  const { out } = await jobs('workers')
  assert.match(out, new RegExp(`${job.worker} +alive +1 of 20 .* ${worker.child.pid} `))
  assert.match(out, new RegExp(`\n${job.id} .* time\\.slow\\(60000\\)\n`))
  const [known] = await json('workers')
  assert.deepEqual([known.alive, known.running[0].id], [true, job.id])
  await job.revoke({ terminate: true })
})

test('stats counts the jobs of each task by state, and all of them', async () => {
  const { tasks, total } = await json('stats')
  const counts = await app.queue.stats()
  assert.deepEqual(
    tasks.map(({ task }: { task: string }) => task),
    ['math.divide', 'time.slow'],
  )
  assert.equal(tasks[0].FAILURE, counts[0]?.counts.FAILURE)
  assert.equal(total.total, tasks[0].total + tasks[1].total)
  assert.match((await jobs('stats')).out, new RegExp(`\ntotal .* ${total.total}\n$`))
})

test('call sends a job with JSON values as arguments, and prints its id', async () => {
  const { out, code } = await jobs('call', 'users.divide', '1', '-2', '--priority', 'high')
  const job = await app.job(out.trim())
  assert.deepEqual([job.args, job.priority, code], [[1, -2], 10, 0])
})

test('call sends a job for later', async () => {
  const later = await json('call', 'users.divide', '1', '2', '--in', '5 minutes')
  assert.ok(Math.abs(Date.parse(later.scheduledFor) - Date.now() - 300_000) < 20_000)
  const moment = await json('call', 'users.divide', '1', '2', '--at', '2099-01-31T08:00Z')
  assert.equal(moment.scheduledFor, '2099-01-31T08:00:00.000Z')
})

test('call waits for the result when asked to, and says the id apart from it', async () => {
  await using other = new Program('src/worker.ts', settings)
  await other.printed(/Ready\./)
  const { out, err } = await jobs('call', 'users.divide', '1', '2', '--wait')
  assert.equal(out, '0.5\n')
  assert.match(err, /^Sent users\.divide\[[\w-]+\]\.\n$/)
})

test('call of an unknown task names the nearest one', async () => {
  const { err, code } = await jobs('call', 'users.devide', '1', '2')
  const sentence = "The application has no task 'users.devide'. The nearest is users.divide.\n"
  assert.deepEqual([err, code], [sentence, 1])
})

test('an id that does not exist is one paragraph, and exit code 1', async () => {
  for (const name of ['show', 'result', 'revoke', 'retry']) {
    const { out, err, code } = await jobs(name, 'nobody')
    assert.match(err, /^No job has the id 'nobody' in the job store .*\n$/)
    assert.deepEqual([out, code], ['', 1])
  }
})

test('wrong usage is exit code 2, with nothing on stdout', async () => {
  const wrong = [
    [],
    ['nonsense'],
    ['show'],
    ['list', '--limit', 'x'],
    ['list', '--state', 'BROKEN'],
  ]
  const conflict = ['call', 'users.divide', '1', '2', '--in', '5', '--at', '2099-01-31T08:00']
  for (const args of [...wrong, conflict, ['retry'], ['retry', 'x', '--state', 'FAILURE']]) {
    const { out, err, code } = await jobs(...args)
    assert.deepEqual([out, code], ['', 2], args.join(' '))
    assert.notEqual(err, '')
  }
})

test('a store that does not answer is one paragraph within 5 s, and exit code 1', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const began = Date.now()
  const program = jobsProgram({ ...settings, AGENDA_URL: `redis://127.0.0.1:${port}` }, ['list'])
  const { out, err, code } = await program
  assert.match(err, /^The job store redis:\/\/127\.0\.0\.1:\d+ cannot be used: .*\n$/)
  assert.deepEqual([out, code], ['', 1])
  assert.ok(Date.now() - began < 7_000)
  silent.close()
})

test('Ctrl-C ends a command that waits, with the exit code of the signal', async () => {
  const args = ['call', 'users.divide', '1', '2', '--wait']
  await using waiting = new Program('scripts/jobs.ts', settings, args)
  await waiting.printed(/Sent users\.divide/)
  waiting.signal('SIGINT')
  assert.equal(await waiting.exit(), 130)
})

test('a reader that wants only the first line gets it, and nothing is said', async () => {
  await using listing = new Program('scripts/jobs.ts', settings, ['list'])
  listing.child.stdout?.destroy()
  assert.equal(await listing.exit(), 141)
  assert.equal(listing.output, '')
})

test('settings that cannot be used are one paragraph, and exit code 1', async () => {
  const { err, code } = await jobsProgram({ ...settings, AGENDA_URL: 'nonsense:' }, ['list'])
  assert.match(err, /^One setting is not usable:\n {2}AGENDA_URL: /)
  assert.equal(code, 1)
})
