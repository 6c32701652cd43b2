import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import createKnex from 'knex'
import { defineConfig } from '../../../src/framework/config'
import { checkDatabase, closeDatabase, openDatabase } from '../../../src/framework/database'
import { serverUrl, skipWithout } from '../../support/servers'
import { withDatabase } from './each'

const passwords = ['p@ss%word', '50%ab:/?#', "quo'te &=+ü", '%41']

/** How people write a password into a URL. `%41` as it is would mean `A`. */
function spellings(password: string): string[] {
  const escaped = encodeURIComponent(password)
  return password === '%41' ? [escaped] : [password, escaped]
}

async function check(t: TestContext, url: string): Promise<void> {
  const config = defineConfig({
    root: tmpdir(),
    environment: { NODE_ENV: 'test', DATABASE_URL: url },
  })
  const db = openDatabase(config)
  t.after(() => closeDatabase(db))
  await checkDatabase(db, config)
}

/** Just enough of PostgreSQL to ask for a password as plain text, note it and refuse it. */
async function doorkeeper(t: TestContext) {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
      socket.once('data', (answer) => {
        heard.push(answer.subarray(5, -1).toString())
        const refusal = 'SFATAL\0C28P01\0Mpassword authentication failed for user "me"\0\0'
        const head = Buffer.from([0x45, 0, 0, 0, refusal.length + 4])
        socket.end(Buffer.concat([head, Buffer.from(refusal)]))
      })
    })
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { heard, port: (server.address() as AddressInfo).port }
}

for (const password of passwords) {
  for (const typed of spellings(password)) {
    test(`a PostgreSQL server is told the password ${password} of a URL with ${typed}`, async (t) => {
      const { heard, port } = await doorkeeper(t)
      await assert.rejects(check(t, `postgres://me:${typed}@127.0.0.1:${port}/app`))
      assert.deepEqual(heard, [password])
    })
  }
}

test('a PostgreSQL server that refuses the password is one clear paragraph without it', async (t) => {
  const { port } = await doorkeeper(t)
  await assert.rejects(check(t, `postgres://me:hunter22@127.0.0.1:${port}/app`), (error) => {
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter22/)
    return /cannot be used: password authentication failed for user "me"\.$/.test(String(error))
  })
})

test('a MariaDB server that refuses the password is one clear paragraph without it', {
  skip: skipWithout('mysql'),
}, async (t) => {
  const url = new URL(serverUrl('mysql'))
  url.username = 'nobody_here'
  url.password = 'hunter22'
  await assert.rejects(check(t, url.href), (error) => {
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter22/)
    return /cannot be used: Access denied for user 'nobody_here'@'.+'/.test(String(error))
  })
})

/** Runs `body` with somebody who may log in with this password, and is gone afterwards. */
async function withUser(
  scheme: 'postgres' | 'mysql',
  password: string,
  body: (name: string) => Promise<void>,
): Promise<void> {
  const client = scheme === 'postgres' ? 'pg' : 'mysql2'
  const admin = createKnex({ client, connection: serverUrl(scheme) })
  const name = `atelier_${randomBytes(6).toString('hex')}`
  const quoted = `'${password.replaceAll("'", "''")}'`
  const [create, drop] =
    scheme === 'postgres'
      ? [`create role ${name} login password ${quoted}`, `drop role ${name}`]
      : [`create user ${name}@'%' identified by ${quoted}`, `drop user ${name}@'%'`]
  try {
    await admin.raw(create)
    await body(name).finally(() => admin.raw(drop))
  } finally {
    await admin.destroy()
  }
}

for (const scheme of ['postgres', 'mysql'] as const) {
  const skip = skipWithout(scheme)

  for (const password of passwords) {
    for (const typed of spellings(password)) {
      test(`somebody enters ${scheme} by a URL with ${typed}`, { skip }, async () => {
        const { host, pathname } = new URL(serverUrl(scheme))
        // A new user of MariaDB may enter, but into no database yet.
        const path = scheme === 'postgres' ? pathname : '/'
        await withUser(scheme, password, (name) =>
          withDatabase(`${scheme}://${name}:${typed}@${host}${path}`, async (db) => {
            await db.raw('select 1')
            assert.ok(!inspect(db.client, { depth: 20 }).includes(password))
          }),
        )
      })
    }
  }
}
