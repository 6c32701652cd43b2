import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Application } from '../../../src/framework/application'
import { appWith } from '../../support/jobs'
import { jobsProgram } from '../../support/jobs-program'
import { Terminal } from '../../support/terminal'
import { divide } from '../../support/worker-program'

const root = dirname(dirname(dirname(__dirname)))

let folder: string
let settings: Record<string, string>
let app: Application

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-confirm-'))
  settings = { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, NODE_ENV: 'test' }
  app = appWith({ divide }, settings)
  await divide.nowMany([
    [1, 2],
    [3, 4],
  ])
})

after(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

async function left(): Promise<number> {
  return (await app.queue.list()).length
}

/** Somebody whom `purge` asks, once the question is there. */
async function asked(...more: string[]): Promise<Terminal> {
  const terminal = new Terminal('scripts/jobs.ts', settings, root, ['purge', ...more])
  await terminal.shows(/This removes 2 jobs for good\. Go on\? \[y\/N\] $/)
  return terminal
}

const refusals = { no: 'n\r', 'just Enter': '\r', 'another word': 'yesterday\r' }
const keys = { 'Ctrl-C': '\u0003', 'Ctrl-D': '\u0004' }

for (const [what, typed] of Object.entries({ ...refusals, ...keys })) {
  test(`${what} leaves all as it is, with exit code 1`, async () => {
    await using terminal = await asked()
    terminal.type(typed)
    assert.equal(await terminal.exit(), 1)
    assert.match(terminal.screen, /\nNothing was changed\.\n$/)
    assert.equal(await left(), 2)
  })
}

test('without a terminal nobody is asked and nothing is done, with exit code 1', async () => {
  const { out, err, code } = await jobsProgram(settings, ['purge'])
  assert.match(err, /^This removes 2 jobs for good\. Nothing was done, .* add --yes\.\n$/)
  assert.deepEqual([out, code, await left()], ['', 1, 2])
})

for (const typed of ['y', 'YES']) {
  test(`${typed} is taken for a yes`, async () => {
    await using terminal = await asked('--state', 'PENDING')
    terminal.type(`${typed}\r`)
    assert.equal(await terminal.exit(), 0)
    assert.match(terminal.screen, /\nRemoved 2 jobs\.\n$/)
    assert.equal(await left(), 0)
    await divide.nowMany([
      [1, 2],
      [3, 4],
    ])
  })
}

test('with --yes nobody is asked', async () => {
  const { out, code } = await jobsProgram(settings, ['purge', '--yes', '--json'])
  assert.deepEqual([JSON.parse(out), code, await left()], [{ removed: 2 }, 0, 0])
})

test('what has nothing to do does not ask', async () => {
  const { out, code } = await jobsProgram(settings, ['purge'])
  assert.deepEqual([out, code], ['Removed 0 jobs.\n', 0])
})
