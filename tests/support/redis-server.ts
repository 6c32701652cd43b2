import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** For the option `skip` of a test that starts and kills a server of its own. */
export const skipWithoutProgram: string | false =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'needs the program redis-server, see CONTRIBUTING.md'

/** A Redis server of a test's own, which keeps what was written when it is killed. */
export class RedisServer {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.#port = port
    this.#folder = folder
    this.url = `redis://127.0.0.1:${port}/0`
  }

  static async start(...options: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-redis-'))
    const server = new RedisServer(await freePort(), folder)
    await server.resume(...options)
    return server
  }

  /** Starts the server again, at the same port with the same data. */
  async resume(...options: string[]): Promise<void> {
    const files = ['--dir', this.#folder, '--appendonly', 'yes', '--save', '']
    const place = ['--port', String(this.#port), '--bind', '127.0.0.1']
    this.#child = spawn('redis-server', [...place, ...files, ...options], { stdio: 'ignore' })
    await this.#answers()
  }

  async kill(): Promise<void> {
    if (!this.#child) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    this.#child = undefined
  }

  /** Does something with a connection of its own. */
  async use<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url)
    try {
      return await work(client)
    } finally {
      client.disconnect()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true })
  }

  async #answers(): Promise<void> {
    for (;;) {
      const socket = connect(this.#port, '127.0.0.1')
      const connected = await once(socket, 'connect').catch(() => undefined)
      socket.destroy()
      if (connected) return
      await sleep(20)
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
