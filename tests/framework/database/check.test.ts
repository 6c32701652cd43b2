import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { type Config, defineConfig } from '../../../src/framework/config'
import { checkDatabase, closeDatabase, openDatabase } from '../../../src/framework/database'
import { StoreUnavailableError } from '../../../src/framework/errors'
import { serverUrl, skipWithout } from '../../support/servers'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'atelier-check-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function configFor(DATABASE_URL: string): Config {
  return defineConfig({ root: tmpdir(), environment: { NODE_ENV: 'test', DATABASE_URL } })
}

/** The error that says why a database cannot be used. */
async function failure(url: string): Promise<StoreUnavailableError> {
  const config = configFor(url)
  const db = openDatabase(config)
  try {
    await checkDatabase(db, config)
  } catch (error) {
    assert.ok(error instanceof StoreUnavailableError, inspect(error))
    return error
  } finally {
    await closeDatabase(db)
  }
  throw new Error(`${url} can be used.`)
}

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('a database that answers passes', async (t) => {
  const config = configFor(`sqlite:${join(folder(t), 'db.sqlite3')}`)
  const db = openDatabase(config)
  t.after(() => closeDatabase(db))
  await checkDatabase(db, config)
})

test('a missing folder is one clear paragraph', async (t) => {
  const missing = join(folder(t), 'missing')
  const { paragraph, code } = await failure(`sqlite:${missing}/db.sqlite3`)
  assert.equal(code, 'STORE_UNAVAILABLE')
  assert.equal(
    paragraph,
    `The database sqlite:${missing}/db.sqlite3 cannot be used: the folder ${missing} does not exist.` +
      ' Create the folder, or correct the path.',
  )
})

test('a directory as database is one clear paragraph', async (t) => {
  const path = join(folder(t), 'db.sqlite3')
  mkdirSync(path)
  assert.equal(
    (await failure(`sqlite:${path}`)).paragraph,
    `The database sqlite:${path} cannot be used: ${path} is a directory. Name a file inside it.`,
  )
})

test('a file that is no database is one clear paragraph', async (t) => {
  const path = join(folder(t), 'notes.txt')
  writeFileSync(path, 'These are my notes, and no database at all.\n'.repeat(100))
  assert.equal(
    (await failure(`sqlite:${path}`)).paragraph,
    `The database sqlite:${path} cannot be used: file is not a database. Check DATABASE_URL.`,
  )
})

// Nobody can make a file there, root included, but only SQLite finds out.
test('a folder that takes no files is one clear paragraph', async () => {
  const { paragraph } = await failure('sqlite:/proc/self/db.sqlite3')
  assert.match(paragraph, /^The database sqlite:\/proc\/self\/db\.sqlite3 cannot be used: .+\.$/)
  assert.doesNotMatch(paragraph, /server/)
})

test('a file that was fine when it was checked may be gone when it is used', async (t) => {
  const root = folder(t)
  const config = configFor(`sqlite:${root}/data/db.sqlite3`)
  mkdirSync(join(root, 'data'))
  const db = openDatabase(config)
  t.after(() => closeDatabase(db))
  rmSync(join(root, 'data'), { recursive: true })
  await assert.rejects(checkDatabase(db, config), StoreUnavailableError)
})

for (const scheme of ['postgres', 'mysql'] as const) {
  for (const host of ['127.0.0.1', 'localhost']) {
    test(`a ${scheme} server on ${host} that refuses is one clear paragraph`, async () => {
      const port = await closedPort()
      const { paragraph } = await failure(`${scheme}://me:hunter22@${host}:${port}/app`)
      assert.match(
        paragraph,
        new RegExp(
          `^The database ${scheme}://me:\\*\\*\\*@${host}:${port}/app cannot be used: ` +
            `connect ECONNREFUSED \\S+:${port}\\. ` +
            'Check DATABASE_URL, and that the server is running\\.$',
        ),
      )
    })
  }

  test(`a ${scheme} server that hangs up is one clear paragraph`, async (t) => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    const { paragraph } = await failure(`${scheme}://me:hunter22@127.0.0.1:${port}/app`)
    assert.match(paragraph, /cannot be used: Connection (terminated|lost).* Check DATABASE_URL/)
  })

  test(`a ${scheme} host that nobody knows is one clear paragraph`, async () => {
    const { paragraph } = await failure(`${scheme}://me:hunter22@no-such-host.invalid/app`)
    assert.match(paragraph, /cannot be used: getaddrinfo \w+ no-such-host\.invalid\. Check/)
  })

  test(`a ${scheme} database that is not there is named`, {
    skip: skipWithout(scheme),
  }, async () => {
    const url = new URL(serverUrl(scheme))
    url.pathname = 'atelier_not_there'
    assert.match((await failure(url.href)).paragraph, /cannot be used: .*'?"?atelier_not_there/)
  })
}

test('a query on a file that cannot be opened says so too, not only the check', async () => {
  const db = openDatabase(configFor('sqlite:none/db.sqlite3'))
  await assert.rejects(db.select(1), StoreUnavailableError)
  await closeDatabase(db)
})
