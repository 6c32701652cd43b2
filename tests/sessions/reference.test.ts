import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { Program } from '../support/process'
import { freshDatabase, skipWithout } from '../support/servers'
import { Terminal } from '../support/terminal'

const root = dirname(dirname(__dirname))
const transcript = readFileSync(join(__dirname, 'reference.txt'), 'utf8')
const steps = transcript
  .split(/^> /m)
  .slice(1)
  .map((step) => {
    const [line = '', ...shown] = step.trimEnd().split('\n')
    return { line, shown: shown.join('\n') }
  })
const script = `${steps.map(({ line }) => line).join('\n')}\n`
const output = steps.flatMap(({ shown }) => (shown ? [`${shown}\n`] : [])).join('')

/** Runs `repl.ts` on the script, without a terminal; what it prints on stdout. */
async function printed(args: string[], input: string, settings: Record<string, string>) {
  const child = spawn(
    process.execPath,
    ['-r', './src/framework/register.cjs', 'repl.ts', ...args],
    {
      cwd: root,
      env: { ...process.env, ...settings },
    },
  )
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  assert.equal(code, 0, err)
  return out
}

/** Types the session at a prompt; the transcript as it stands on the screen. */
async function typed(settings: Record<string, string>): Promise<string> {
  const terminal = new Terminal('repl.ts', settings, root)
  try {
    await terminal.shows(/\n> $/)
    let screen = ''
    for (const { line } of steps) {
      const shown = await terminal.ask(line)
      screen += `> ${line}\n${shown && `${shown}\n`}`
    }
    terminal.type('.exit\r')
    assert.equal(await terminal.exit(), 0)
    return screen
  } finally {
    await terminal[Symbol.asyncDispose]()
  }
}

interface JobStore {
  readonly url: string
  drop(): Promise<void>
}

/** The session by every way of input, with a worker in a process of its own. */
function referenceSession(
  name: string,
  skip: string | false,
  open: (folder: string) => Promise<JobStore>,
) {
  suite(`the session of the chapter, jobs in ${name}`, { skip, concurrency: true }, () => {
    let folder: string
    let store: JobStore
    let worker: Program
    const settings = (database: string) => ({
      NODE_ENV: 'development',
      DATABASE_URL: `sqlite:${folder}/${database}.sqlite3`,
      AGENDA_URL: store.url,
    })

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'atelier-session-'))
      store = await open(folder)
      worker = new Program('src/worker.ts', settings('worker'))
      await worker.printed(/Ready/)
    })
    after(async () => {
      await worker[Symbol.asyncDispose]()
      await store.drop()
      await rm(folder, { recursive: true })
    })

    test('gives its values at a terminal', async () => {
      assert.equal(await typed(settings('terminal')), transcript)
    })

    test('gives the same from a pipe', async () => {
      assert.equal(await printed([], script, settings('pipe')), output)
    })

    test('gives the same by -e', async () => {
      assert.equal(await printed(['-e', script], '', settings('code')), output)
    })

    test('is run by the worker', async () => {
      const [, id] = await worker.printed(/Task users\.divide\[(.+)\] received/)
      await worker.printed(
        new RegExp(`Task users\\.divide\\[${id}\\] succeeded in 5\\.\\d\\ds: 0\\.5`),
      )
    })
  })
}

referenceSession('SQLite', false, async (folder) => {
  return { url: `sqlite:${folder}/jobs.sqlite3`, drop: async () => {} }
})
referenceSession('MongoDB', skipWithout('mongodb'), () => freshDatabase('mongodb'))
