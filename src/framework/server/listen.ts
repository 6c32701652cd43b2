import { once } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Application } from '../application'
import { ListenError } from '../errors'
import { drain } from './drain'
import { refuseMalformed } from './malformed'

/** A server that takes requests. */
export interface Listening {
  /** Where, as in `http://127.0.0.1:3000`. */
  readonly address: string
  /** Takes no new connection, finishes what is in flight, and resets nobody. At most 10 s. */
  close(): Promise<void>
  /** Cuts every connection. */
  abort(): void
}

// Node lets a client take 60 s for its headers and 300 s for its body, checked every 30 s.
const limits: ServerOptions = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 500,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
}

/**
 * Serves `app` on a port.
 *
 * @param where `port: 0` takes a free one
 * @throws ListenError when the address is taken, not ours or not allowed
 */
export async function listen(
  app: Application,
  where: { host: string; port: number },
): Promise<Listening> {
  const server = createServer(limits, app.callback())
  server.maxRequestsPerSocket = 10_000
  server.maxHeadersCount = 100
  server.on('clientError', refuseMalformed)
  await open(server, where)
  const close = drain(server, app.config.NODE_ENV === 'development' ? 50 : 500)
  return { address: urlOf(server), close, abort: () => server.closeAllConnections() }
}

async function open(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const { why = message, hint = otherAddress } = reasons[code] ?? {}
    throw new ListenError(`${bracketed(host)}:${port}`, why, hint, error)
  }
}

const otherAddress = 'Set HOST and PORT to an address that is free.'
const otherHost = 'Set HOST to 127.0.0.1 for this machine only, or to 0.0.0.0 for every address.'

const reasons: Readonly<Record<string, { why?: string; hint?: string }>> = {
  EADDRINUSE: {
    why: 'another program listens there already',
    hint: 'End that program, or set PORT to a free one, as in `PORT=3001 npm start`.',
  },
  EACCES: {
    why: 'this user is not allowed to',
    hint: 'Set PORT to 1024 or more, as in `PORT=3000 npm start`.',
  },
  EADDRNOTAVAIL: { why: 'this machine has no such address', hint: otherHost },
  ENOTFOUND: { why: 'the name of the host is not known', hint: otherHost },
  EAI_AGAIN: { why: 'the name of the host could not be looked up', hint: otherHost },
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  return `http://${bracketed(address)}:${port}`
}

/** An IPv6 address is written in brackets where a port follows. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
