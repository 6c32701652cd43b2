import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { SettingValues } from '../../../src/framework/config'
import { StoreUnavailableError } from '../../../src/framework/errors'
import { task } from '../../../src/framework/jobs'
import { appWith } from '../../support/jobs'

const divide = task('math.divide', (x: number, y: number) => x / y)
const sockets = new Set<Socket>()
let folder: string
let silent: Server

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-unavailable-'))
  await writeFile(join(folder, 'text.sqlite3'), 'this is no database, '.repeat(100))
  // Takes connections and never answers, as a host behind a broken firewall does.
  silent = createServer((socket) => sockets.add(socket))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})

after(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => silent.close(resolve))
  await rm(folder, { recursive: true })
})

/** The paragraph of the error that sending a job ends in, and how long that took. */
async function refusal(settings: SettingValues): Promise<[paragraph: string, ms: number]> {
  const app = appWith({ divide }, settings)
  const began = performance.now()
  try {
    const error = await app.tasks.divide?.now(...([1, 2] as never[])).catch((thrown) => thrown)
    assert.ok(error instanceof StoreUnavailableError, String(error))
    return [error.paragraph.replaceAll(folder, 'FOLDER'), performance.now() - began]
  } finally {
    await app.close()
  }
}

const files: [string, string, RegExp][] = [
  [
    'in a folder that is missing',
    'none/jobs.sqlite3',
    /folder FOLDER\/none does not exist\. Create/,
  ],
  ['that is a directory', '.', /FOLDER is a directory\. Name a file inside it\./],
  ['that is no database', 'text.sqlite3', /file is not a database\. Check AGENDA_URL\./],
]

for (const [what, file, expected] of files) {
  test(`a SQLite file ${what} is said in one paragraph`, async () => {
    const [paragraph] = await refusal({ AGENDA_URL: `sqlite:${join(folder, file)}` })
    assert.match(paragraph, expected)
    assert.match(paragraph, /^The job store sqlite:FOLDER/)
  })
}

test('a MongoDB server that refuses is said within 5 s, its password hidden', async () => {
  const [paragraph, ms] = await refusal({ AGENDA_URL: 'mongodb://me:secret@127.0.0.1:1/jobs' })
  assert.match(paragraph, /job store mongodb:\/\/me:\*\*\*@127\.0\.0\.1:1\/jobs cannot be used/)
  assert.ok(ms < 5_000, `${ms} ms`)
})

test('a MongoDB server that never answers is said within 5 s', async () => {
  const { port } = silent.address() as AddressInfo
  const [paragraph, ms] = await refusal({ AGENDA_URL: `mongodb://127.0.0.1:${port}/jobs` })
  assert.match(paragraph, /cannot be used: .+ Check AGENDA_URL, and that the server is running\./)
  assert.ok(ms < 5_000, `${ms} ms`)
})

test('a MongoDB option that the driver does not know is said before anything is tried', async () => {
  const [paragraph] = await refusal({ AGENDA_URL: 'mongodb://127.0.0.1/jobs?nonsense=1' })
  assert.match(paragraph, /cannot be used: option nonsense is not supported\. Correct AGENDA_URL\./)
})

test('a result store apart from the jobs is named when it is the one that fails', async () => {
  const [paragraph] = await refusal({
    AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`,
    AGENDA_RESULTS_URL: `sqlite:${folder}/none/results.sqlite3`,
  })
  assert.match(paragraph, /^The result store sqlite:FOLDER\/none\/results\.sqlite3/)
})

test('a store that answers again is used again', async () => {
  const late = join(folder, 'late')
  const app = appWith({ divide }, { AGENDA_URL: `sqlite:${late}/jobs.sqlite3` })
  await assert.rejects(divide.now(1, 2), StoreUnavailableError)
  await mkdir(late)
  assert.equal((await divide.now(1, 2)).state, 'PENDING')
  await app.close()
})
