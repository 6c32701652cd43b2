import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { showError, showValue } from '../../../src/framework/console/inspect'
import { CellSyntaxError, DuplicateError } from '../../../src/framework/errors'
import { last } from './engine'

suite('a value as text', () => {
  test('is what util.inspect says, without colours', () => {
    assert.equal(showValue('text'), "'text'")
    assert.equal(showValue(0.5), '0.5')
  })

  test('has colours where they are asked for', () => {
    assert.equal(showValue(1, { colors: true }), '\x1b[33m1\x1b[39m')
  })

  test('is cut where a list is long', () => {
    const text = showValue(Array.from({ length: 1_000 }, (_, index) => index))
    assert.match(text, /\.\.\. 900 more items\n\]$/)
  })

  test('is cut where an object is huge', () => {
    const huge = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index]),
    )
    assert.match(showValue(huge), /… \d+ more characters$/)
    assert.ok(showValue(huge).length < 101_000)
  })

  test('runs no getter', () => {
    const careful = {
      get boom() {
        throw new Error('read')
      },
    }
    assert.equal(showValue(careful), '{ boom: [Getter] }')
  })

  test('survives a value that cannot show itself', () => {
    const rude = {
      a: 1,
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('no')
      },
    }
    assert.match(showValue(rude), /^\{\s+a: 1/)
  })

  test('survives proxies', () => {
    const trap = () => {
      throw new Error('trapped')
    }
    assert.equal(
      showValue(new Proxy({ a: 1 }, { get: trap, ownKeys: trap, getPrototypeOf: trap })),
      '{ a: 1 }',
    )
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    assert.equal(showValue(proxy), '<Revoked Proxy>')
  })
})

suite('an error as text', () => {
  test('points at the line of the TypeScript that was typed', async () => {
    const cell =
      'type A = string\n\nfunction fail(why: A): never {\n  throw new Error(why)\n}\nfail("x")'
    assert.equal(await last(cell), 'Error: x\n    at fail (cell:4:9)\n    at cell:6:1')
  })

  test('points at the line of a project file', async () => {
    const text = await last(
      'import { task } from "./src/framework"',
      'task("a.b", () => 1).in("soon")',
    )
    assert.match(text, /^(NoApplication|Schedule)Error: /)
  })

  test('that is a value is shown in the same way', async () => {
    assert.equal(await last('new Error("kept")'), 'Error: kept\n    at cell:1:1')
  })

  test('of a driver that makes its own kind is one too', async () => {
    const cell = 'new (require("better-sqlite3"))(":memory:").prepare("nonsense")'
    assert.match(await last(cell), /^SqliteError: /)
  })

  test('has no frames of the engine or of Node, after an await neither', async () => {
    const cells = [
      'await null; await JSON.parse("{")',
      'require("node:fs").readFileSync("/nowhere")',
    ]
    for (const cell of cells) assert.doesNotMatch(await last(cell), /node:|console\//)
  })

  test('shows its causes and its properties', async () => {
    const text = await last(
      'throw Object.assign(new Error("outer", { cause: new Error("inner") }), { code: 7 })',
    )
    assert.match(text, /^Error: outer/)
    assert.match(text, /code: 7/)
    assert.match(text, /\[cause\]: Error: inner/)
  })

  test('of our own is its paragraph', () => {
    const error = new DuplicateError('User', ['email'], new Error('UNIQUE failed'))
    const [first, second, ...rest] = showError(error).split('\n')
    assert.match(first ?? '', /^DuplicateError: User has unique columns/)
    assert.equal(second, '  [cause]: Error: UNIQUE failed')
    assert.ok(rest.every((line) => line.includes('inspect.test.ts')))
  })

  test('of syntax is a sentence', () => {
    assert.equal(showError(new CellSyntaxError(2, "';' expected.")), "SyntaxError: ';' expected.")
  })

  const thrown = {
    null: 'Uncaught null',
    undefined: 'Uncaught undefined',
    '1': 'Uncaught 1',
    '"text"': "Uncaught 'text'",
    '{ a: 1 }': 'Uncaught { a: 1 }',
    'Symbol("s")': 'Uncaught Symbol(s)',
    '() => {}': 'Uncaught [Function (anonymous)]',
    'Object.freeze(new Error("frozen"))': 'Error: frozen\n    at cell:1:21',
    'Object.assign(new Error("m"), { stack: undefined })': 'Error: m',
    'Object.assign(new Error("m"), { stack: 5 })': 'Error: m',
    'new Proxy(new Error("m"), { get() { throw 1 } })': 'Error: m\n    at cell:1:17',
  }
  for (const [what, text] of Object.entries(thrown)) {
    test(`is given for ${what} too`, async () => assert.equal(await last(`throw ${what}`), text))
  }

  test('is given for one whose message throws', async () => {
    const cell = 'throw Object.defineProperty(new Error(), "message", { get() { throw 1 } })'
    assert.match(await last(cell), /^\[object/)
  })

  test('is cut where its message is huge', async () => {
    assert.ok((await last('throw new Error("x".repeat(1e6))')).length < 101_000)
  })
})
