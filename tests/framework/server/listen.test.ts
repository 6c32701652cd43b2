import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Routes } from '../../../src/framework/application'
import { ListenError } from '../../../src/framework/errors'
import { listen } from '../../../src/framework/server/listen'
import { appServing, withServer } from '../../support/served'

const app = appServing(new Routes().get('/', {}, () => 'fine'))
after(() => app.close())

const listeningOn = (host: string, port: number) => listen(app, { host, port })

/** The error of listening there, checked to be one paragraph. */
async function refusal(host: string, port: number): Promise<ListenError> {
  const error = await listeningOn(host, port).then(
    () => assert.fail('It listens.'),
    (reason) => reason,
  )
  assert.ok(error instanceof ListenError)
  return error
}

test('port 0 takes a free port, and the address says which', async () => {
  await withServer(appServing(new Routes().get('/', {}, () => 'fine')), async ({ address }) => {
    assert.match(address, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    assert.equal((await fetch(address)).status, 200)
  })
})

test('an IPv6 address is written in brackets', async (t) => {
  const server = await listeningOn('::1', 0).catch(() => undefined)
  if (!server) return t.skip('needs IPv6 on this machine')
  assert.match(server.address, /^http:\/\/\[::1\]:\d+$/)
  await server.close()
})

test('a port in use is an error that says which setting to change', async () => {
  const first = await listeningOn('127.0.0.1', 0)
  const port = Number(new URL(first.address).port)
  const { paragraph } = await refusal('127.0.0.1', port)
  await first.close()
  assert.equal(
    paragraph,
    `The server cannot listen on 127.0.0.1:${port}: another program listens there already. ` +
      'End that program, or set PORT to a free one, as in `PORT=3001 npm start`.',
  )
})

test('an address of another machine is an error that names HOST', async () => {
  assert.match((await refusal('203.0.113.1', 0)).paragraph, /no such address\. Set HOST/)
})

test('a host that does not exist is an error that names HOST', async () => {
  assert.match((await refusal('no-such-host.invalid', 0)).paragraph, /host .*\. Set HOST/)
})
