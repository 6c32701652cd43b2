import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { describe, type TestContext, test } from 'node:test'
import { defineConfig } from '../../../src/framework/config'
import { checkDatabase, closeDatabase, openDatabase } from '../../../src/framework/database'
import { Program } from '../../support/process'
import { serverUrl, skipWithout } from '../../support/servers'

/** A server that hands each connection to `serve`; it and they are gone after the test. */
async function listen(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    serve(socket)
  })
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

// Opens, checks and closes; what keeps the process from its end, or is not caught, shows.
const checks = `
  const { defineConfig } = require('./src/framework/config')
  const { checkDatabase, closeDatabase, openDatabase } = require('./src/framework/database')
  const environment = { NODE_ENV: 'test', DATABASE_URL: process.env.CHECKED_URL }
  const config = defineConfig({ root: '.', environment })
  const db = openDatabase(config)
  const began = Date.now()
  checkDatabase(db, config).catch((error) => {
    console.log(JSON.stringify({ paragraph: error.paragraph, elapsed: Date.now() - began }))
    return closeDatabase(db)
  })
`

// Side by side, since each of them waits for seconds.
describe('within 5 s it is told', { concurrency: true }, () => {
  for (const scheme of ['postgres', 'mysql']) {
    test(`that a ${scheme} server takes connections but never answers, and the process ends`, async (t) => {
      const port = await listen(t, () => {})
      const CHECKED_URL = `${scheme}://me:hunter22@127.0.0.1:${port}/app`
      await using program = new Program('-e', { CHECKED_URL }, [checks])
      assert.equal(await program.exit(), 0, program.output)
      const { paragraph, elapsed } = JSON.parse(program.output)
      assert.equal(
        paragraph,
        `The database ${scheme}://me:***@127.0.0.1:${port}/app cannot be used: it did not answer` +
          ' within 3 s. Check DATABASE_URL, and that the server is running.',
      )
      assert.ok(elapsed < 5_000, `${elapsed} ms`)
    })
  }

  for (const [scheme, standard] of [
    ['postgres', 5432],
    ['mysql', 3306],
  ] as const) {
    const skip = skipWithout(scheme)

    test(`that a ${scheme} server has stopped to answer, and the database can be closed`, {
      skip,
    }, async (t) => {
      const url = new URL(serverUrl(scheme))
      const { hostname, port: serverPort } = url
      let answers = true
      const port = await listen(t, (socket) => {
        const server = connect(Number(serverPort || standard), hostname)
        server.on('error', () => {}).on('data', (data) => answers && socket.write(data))
        socket.on('data', (data) => server.write(data)).on('close', () => server.destroy())
      })
      url.host = `127.0.0.1:${port}`
      const environment = { NODE_ENV: 'test', DATABASE_URL: url.href }
      const config = defineConfig({ root: tmpdir(), environment })
      const db = openDatabase(config)
      await checkDatabase(db, config)

      answers = false
      const began = Date.now()
      await assert.rejects(checkDatabase(db, config), /it did not answer within 3 s/)
      assert.ok(Date.now() - began < 5_000)
      await closeDatabase(db)
    })
  }
})
