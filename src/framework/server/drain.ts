import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

const forceAfter = 10_000
const idleCheck = 50
const mostTurns = 500

/**
 * Follows the connections of `server`, to be able to end them without resetting anybody: answers
 * say `Connection: close`, and a client with nothing in flight keeps its connection for `grace` ms,
 * since its next request may be on the way. After 10 s every connection is cut.
 *
 * @returns the function that ends the server; it settles when the last connection is closed
 */
export function drain(server: Server, grace: number): () => Promise<void> {
  const sockets = new Set<Socket>()
  const answers = new Set<ServerResponse>()
  server.on('connection', (socket) => remember(sockets, socket))
  server.prependListener('request', (_, answer) => remember(answers, answer))
  return async () => {
    await takeWaiting(server)
    const closed = stopAccepting(server)
    server.prependListener('request', (_, answer) => makeLast(answer))
    answers.forEach(makeLast)
    const timers = [
      setTimeout(() => timers.push(setInterval(closeIdle, idleCheck, server, sockets)), grace),
      setTimeout(() => server.closeAllConnections(), forceAfter),
    ]
    await closed
    timers.forEach(clearInterval)
  }
}

/** Keeps `one` in `open` until it is closed. */
function remember<T extends Socket | ServerResponse>(open: Set<T>, one: T): void {
  open.add(one)
  one.once('close', () => open.delete(one))
}

/** Has an answer say `Connection: close`, unless its headers are gone already. */
function makeLast(answer: ServerResponse): void {
  answer.shouldKeepAlive = false
}

// Node counts a connection that never sent a byte as busy, so those are closed here.
function closeIdle(server: Server, sockets: ReadonlySet<Socket>): void {
  server.closeIdleConnections()
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
}

// A connection that the kernel has made, but Node has not seen yet, would be reset. Node takes one
// in each turn of its event loop, so this goes on until there was a turn without one.
async function takeWaiting(server: Server): Promise<void> {
  let taken = true
  const note = () => {
    taken = true
  }
  server.on('connection', note)
  for (let turn = 0; taken && turn < mostTurns; turn += 1) {
    taken = false
    await setImmediate()
    await setImmediate()
  }
  server.off('connection', note)
}

// Not `server.close()`: that closes idle connections at once, under requests that are on the way.
function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve())
  })
}
