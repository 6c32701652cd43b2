import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, MongoClient } from 'mongodb'

const program = process.env.TEST_MONGOD ?? 'mongod'

/** For the option `skip` of a test that starts and kills a server of its own. */
export const skipWithoutProgram: string | false =
  spawnSync(program, ['--version']).status === 0
    ? false
    : 'needs the program mongod: set TEST_MONGOD, see CONTRIBUTING.md'

/** A MongoDB server of a test's own, which keeps what it has confirmed when it is killed. */
export class MongoServer {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  readonly #options: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, set: string | undefined) {
    this.#port = port
    this.#folder = folder
    this.#options = set === undefined ? [] : ['--replSet', set]
    const query = set === undefined ? '' : `?replicaSet=${set}`
    this.url = `mongodb://127.0.0.1:${port}/atelier${query}`
  }

  /** A server that is alone. */
  static alone(): Promise<MongoServer> {
    return MongoServer.#start(undefined)
  }

  /** A replica set of one. */
  static replicated(): Promise<MongoServer> {
    return MongoServer.#start('tested')
  }

  static async #start(set: string | undefined): Promise<MongoServer> {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-mongo-'))
    const server = new MongoServer(await freePort(), folder, set)
    await server.resume()
    return server
  }

  /** Starts the server again, at the same port with the same data. */
  async resume(): Promise<void> {
    const place = ['--port', String(this.#port), '--bind_ip', '127.0.0.1', '--dbpath', this.#folder]
    const small = ['--wiredTigerCacheSizeGB', '0.25', '--nounixsocket']
    this.#child = spawn(program, [...place, ...small, ...this.#options], { stdio: 'ignore' })
    await this.use((admin) => this.#answers(admin))
  }

  async kill(): Promise<void> {
    if (!this.#child) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    this.#child = undefined
  }

  /** Does something with the admin database, through a connection of its own. */
  async use<T>(work: (admin: Db) => Promise<T>): Promise<T> {
    const client = new MongoClient(`mongodb://127.0.0.1:${this.#port}/?directConnection=true`)
    try {
      return await work(client.db('admin'))
    } finally {
      await client.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true })
  }

  async #answers(admin: Db): Promise<void> {
    const [, set] = this.#options
    const members = [{ _id: 0, host: `127.0.0.1:${this.#port}` }]
    // Only its first start makes the replica set.
    if (set) await admin.command({ replSetInitiate: { _id: set, members } }).catch(() => {})
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) await sleep(20)
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
