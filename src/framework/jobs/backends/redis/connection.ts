import { createHash } from 'node:crypto'
import { Redis, type RedisOptions } from 'ioredis'
import type { StoreUrl } from '../../../config'
import { ApplicationClosedError, AtelierError, StoreUnavailableError } from '../../../errors'
import { type StoreRole, settingOf } from '../role'

const connectWithin = 3_000
const openWithin = 4_000
const answerWithin = 5_000
const longestPause = 1_000
const oldest = [6, 2] as const
// The longest pause between two attempts to connect, and time to say so.
const comingBack = 3 * longestPause

/** One Redis database, connected by the first use; a connection that is lost comes back by itself. */
export class RedisConnection {
  readonly client: Redis
  /** What the name of every key begins with: `prefix` in the URL's query, else Agenda's `agenda:`. */
  readonly prefix: string
  readonly #url: StoreUrl
  readonly #role: StoreRole
  #opening: Promise<void> | undefined
  #opened = false
  #closed = false
  #lost: Error | undefined
  #identity: Promise<Identity> | undefined
  #awayUntil = 0

  /** @param role for errors; results that live apart have keys of their own */
  constructor(url: StoreUrl, role: StoreRole) {
    this.#url = url
    this.#role = role
    const address = new URL(url.reveal())
    const prefix = address.searchParams.get('prefix') ?? 'agenda:'
    address.searchParams.delete('prefix')
    this.prefix = role === 'job store' ? prefix : `${prefix}results:`
    this.client = this.#listenTo(new Redis(address.href, this.#options()))
  }

  /**
   * Connects, once.
   *
   * @throws StoreUnavailableError within 5 s when the server does not answer or refuses
   */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Which connection of which start of the server this is now. */
  identity(): Promise<Identity> {
    this.#identity ??= this.#identify().catch((error: unknown) => {
      this.#identity = undefined
      throw this.failure(error)
    })
    return this.#identity
  }

  /** Whether all who use the server had time to come back since it was last away. */
  async isSettled(): Promise<boolean> {
    await this.identity()
    return Date.now() - this.#awayUntil >= comingBack
  }

  /** Another connection to the same database, for commands that wait; whoever asks ends it. */
  another(): Redis {
    return this.#listenTo(this.client.duplicate())
  }

  /** Runs a Lua script, which the server is sent only when it does not know it. */
  async evaluate(script: Script, ...values: string[]): Promise<unknown> {
    await this.open()
    if (this.#closed) throw new ApplicationClosedError()
    try {
      return await this.#evaluate(script, values)
    } catch (error) {
      renewIfSilent(this.client, error)
      throw this.failure(error)
    }
  }

  /** What the driver threw, in our words; an error of ours stays as it is. */
  failure(error: unknown): unknown {
    if (error instanceof AtelierError || !(error instanceof Error)) return error
    if (this.#closed && isOfConnection(error)) return new ApplicationClosedError()
    if (isOfConnection(error)) return this.#unavailable(this.#lost ?? error, isItRunning)
    return error.name === 'ReplyError' ? this.#unavailable(error, 'Try again in a moment.') : error
  }

  /** What the server refused to do. */
  refusal(why: string): StoreUnavailableError {
    return this.#unavailable(new Error(why), 'Look at the memory and the log of the server.')
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    this.client.disconnect()
  }

  async #identify(): Promise<Identity> {
    const [client, info] = await Promise.all([this.client.client('ID'), this.client.info('server')])
    const up = Number(/uptime_in_seconds:(\d+)/.exec(info)?.[1] ?? 0)
    this.#awayUntil = Math.max(this.#awayUntil, Date.now() - up * 1_000)
    return { client, run: /run_id:(\w+)/.exec(info)?.[1] ?? '' }
  }

  async #evaluate({ text, hash }: Script, values: string[]): Promise<unknown> {
    try {
      return await this.client.evalsha(hash, 0, ...values)
    } catch (error) {
      if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error
      return this.client.eval(text, 0, ...values)
    }
  }

  async #open(): Promise<void> {
    if (this.#closed) throw new ApplicationClosedError()
    try {
      await this.#connect()
      await this.#checkVersion()
      this.#opened = true
    } catch (error) {
      this.client.disconnect()
      throw this.#unavailable(
        error,
        `Check ${settingOf(this.#role)}, and that the server is running.`,
      )
    }
  }

  /** The first thing that goes wrong is the reason; what follows from it is not. */
  async #connect(): Promise<void> {
    const { client } = this
    const late = new Error(`the server did not answer within ${openWithin / 1_000} s`)
    let timer: NodeJS.Timeout | undefined
    let fail = (_: Error): void => {}
    try {
      await new Promise<void>((resolve, reject) => {
        fail = reject
        client.once('error', fail)
        timer = setTimeout(reject, openWithin, late)
        client.connect().then(resolve, reject)
      })
    } finally {
      clearTimeout(timer)
      client.off('error', fail)
    }
  }

  async #checkVersion(): Promise<void> {
    const info = await this.client.info('server')
    const version = /redis_version:(\d+)\.(\d+)/.exec(info)
    const [major, minor] = [Number(version?.[1]), Number(version?.[2])]
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
    throw new Error(`it is Redis ${major}.${minor}, and ${oldest.join('.')} or later is needed`)
  }

  #options(): RedisOptions {
    return {
      lazyConnect: true,
      connectionName: 'atelier',
      connectTimeout: connectWithin,
      commandTimeout: answerWithin,
      // Whoever calls while there is no connection is told so at once, and nothing is sent twice.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (times) =>
        this.#opened && !this.#closed ? Math.min(times * 50, longestPause) : null,
      // A server that became a replica accepts no writes: its address may name another by now.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    }
  }

  // Without a listener the driver prints every attempt to reconnect.
  #listenTo(client: Redis): Redis {
    client.on('error', (error: Error) => {
      this.#lost = error
    })
    client.on('ready', () => {
      this.#lost = undefined
      this.#identity = undefined
      if (this.#opened) this.#awayUntil = Date.now()
    })
    return client
  }

  #unavailable(error: unknown, hint: string): StoreUnavailableError {
    const message = error instanceof Error ? error.message : String(error)
    const why = reasons[message] ?? message
    const where = String(this.#url)
    return new StoreUnavailableError(this.#role, where, why.replace(/\.$/, ''), hint, error)
  }
}

// What the driver says is about itself.
const reasons: Record<string, string> = {
  "Stream isn't writeable and enableOfflineQueue options is false": 'the connection is lost',
  'Command timed out': `it did not answer within ${answerWithin / 1_000} s`,
}
const isItRunning = 'Check that the server is running.'

/** A connection, as the server numbers them from each of its starts on. */
export interface Identity {
  readonly client: number
  readonly run: string
}

/** A Lua script, and the name by which the server knows it. */
export interface Script {
  readonly text: string
  readonly hash: string
}

export function scriptOf(text: string): Script {
  return { text, hash: createHash('sha1').update(text).digest('hex') }
}

/** Makes a connection anew on which a command got no answer: it may be dead without knowing. */
export function renewIfSilent(client: Redis, error: unknown): void {
  if (error instanceof Error && error.message === silence) client.disconnect(true)
}

const silence = 'Command timed out'

/** Whether the server was not reached, or left before it answered. */
function isOfConnection(error: Error): boolean {
  if (['MaxRetriesPerRequestError', 'AbortError'].includes(error.name)) return true
  if ('syscall' in error) return true
  return /^(Connection is closed|Stream isn't writeable|Command timed out)/.test(error.message)
}
