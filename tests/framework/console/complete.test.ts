import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { complete } from '../../../src/framework/console/complete'
import { withSession } from './engine'

/** What completes `line` after these cells. */
function completed(line: string, names: Record<string, unknown> = {}, ...cells: string[]) {
  return withSession(async (session) => {
    for (const cell of cells) await session.run(cell)
    return complete(session, line)
  }, names)
}

suite('completion', () => {
  test('knows the names of the session and what cells declared', async () => {
    assert.deepEqual(await completed('appl', { application: 1 }), {
      hits: ['application'],
      prefix: 'appl',
    })
    assert.deepEqual((await completed('1 + mine', {}, 'const mineOnly = 1')).hits, ['mineOnly'])
  })

  test('knows properties after a chain of names', async () => {
    const app = { models: { User: { query() {} } } }
    assert.deepEqual((await completed('app.models.', { app })).hits, ['User'])
    assert.deepEqual((await completed('await app.models?.User.qu', { app })).hits, ['query'])
  })

  test('knows what is inherited, own properties first', async () => {
    const { hits } = await completed('list.', { list: Object.assign([1], { mine: 1 }) })
    assert.ok(hits.indexOf('mine') < hits.indexOf('map'))
  })

  test('runs nothing that has an effect', async () => {
    let read = 0
    const app = {
      get agenda() {
        read += 1
        return { jobs: 1 }
      },
    }
    assert.deepEqual((await completed('app.agenda.', { app })).hits, [])
    assert.equal(read, 0)
  })

  test('leaves proxies alone', async () => {
    const trap = () => {
      throw new Error('trapped')
    }
    const proxy = new Proxy({}, { get: trap, ownKeys: trap })
    assert.deepEqual((await completed('proxy.', { proxy })).hits, [])
  })

  for (const line of ['', 'call().na', '"text".le', '1.', 'nowhere.', 'a[0].b', 'null.']) {
    test(`has nothing to say after ${JSON.stringify(line)}`, async () => {
      assert.deepEqual((await completed(line)).hits, [])
    })
  }

  test('hides what the engine keeps for itself', async () => {
    assert.deepEqual((await completed('__atel')).hits, [])
  })
})
