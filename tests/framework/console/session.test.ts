import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { CellInterruptedError } from '../../../src/framework/errors'
import { last, shown, text, withSession } from './engine'

suite('a declaration', () => {
  const kinds = {
    const: 'const a = "const"',
    enum: 'enum a { A }',
    let: 'let a = "let"',
    var: 'var a = "var"',
    function: 'function a() {}',
    class: 'class a {}',
    import: 'import a from "node:os"',
  }
  for (const [first, earlier] of Object.entries(kinds)) {
    test(`by ${first} may be repeated by any other`, async () => {
      const name = `${first}s`
      const cells = Object.values({ earlier, ...kinds }).map((cell) => cell.replace(/\ba\b/, name))
      assert.deepEqual(
        await shown({}, ...cells),
        cells.map(() => ''),
      )
    })
  }

  test('by const is guarded against assignment', async () => {
    const error = /^TypeError: Assignment to constant variable 'fixed'/
    assert.match(await last('const fixed = 1', 'fixed = 2'), error)
    assert.match(await last('fixed++'.replace('fixed', 'const fixed = 1; fixed')), error)
    assert.match(await last('const { fixed } = { fixed: 1 }', '[fixed] = [2]'), error)
    assert.match(await last('import fixed from "node:os"', 'fixed = 2'), error)
    assert.equal(await last('const fixed = 1', 'try { fixed = 2 } catch {}', 'fixed'), '1')
  })

  test('by const leaves names of inner scopes alone', async () => {
    const inner = '((fixed: number) => { fixed = 5; return fixed })(1)'
    assert.equal(await last('const fixed = 1', inner), '5')
  })

  test('by const is no constant any more once let repeats it', async () => {
    assert.equal(await last('const loose = 1', 'let loose = 2', 'loose = 3', 'loose'), '3')
  })

  test('that failed may be repeated', async () => {
    assert.equal(await last('const late = nowhere()', 'const late = 4', 'late'), '4')
    assert.equal(
      await last('import lost from "./nowhere"', 'let lost = 5', 'lost = 6', 'lost'),
      '6',
    )
  })

  test('of a function is there before its line, as in any program', async () => {
    assert.equal(
      await last('const early = hoisted(); function hoisted() { return 6 }', 'early'),
      '6',
    )
  })

  test('of a class twice makes two classes', async () => {
    const cells = ['class Pet {}', 'const old = new Pet()', 'class Pet {}']
    assert.equal(
      await last(...cells, '[old instanceof Pet, new Pet() instanceof Pet]'),
      '[ false, true ]',
    )
  })

  test('of an enum takes the place of the earlier one', async () => {
    assert.equal(
      await last('enum Size { Small }', 'enum Size { Big }', 'Size'),
      "{ '0': 'Big', Big: 0 }",
    )
  })

  test('of types, enums and namespaces may be typed in', async () => {
    assert.equal(await last('interface A { b: string }'), '')
    assert.equal(await last('type A = string', 'const typed: A = "x"', 'typed'), "'x'")
    assert.equal(await last('enum Colour { Red, Green }', 'Colour.Green'), '1')
    assert.equal(await last('namespace Space { export const x = 7 }', 'Space.x'), '7')
    assert.equal(
      await last('class Point { constructor(readonly x: number) {} }', 'new Point(1)'),
      'Point { x: 1 }',
    )
    assert.equal(
      await last('const tag = (c: unknown) => c', '@tag class Tagged {}', 'Tagged.name'),
      "'Tagged'",
    )
  })
})

suite('a value', () => {
  const values = {
    '1 + 1': '2',
    '-0': '-0',
    NaN: 'NaN',
    '10n ** 20n': '100000000000000000000n',
    'Symbol("s")': 'Symbol(s)',
    null: 'null',
    undefined: '',
    '{ a: 1 }': '{ a: 1 }',
    'await Promise.resolve(5)': '5',
    'Promise.resolve(6)': '6',
    'new Map([[1, { a: 2 }]])': 'Map(1) { 1 => { a: 2 } }',
    'if (true) { "then" }': "'then'",
    'for (const x of [1, 2]) x': '2',
  }
  for (const [cell, value] of Object.entries(values)) {
    test(`of ${cell} is ${value || 'nothing to show'}`, async () =>
      assert.equal(await last(cell), value))
  }

  test('is the very object, not a copy', async () => {
    const mine = { here: true }
    await withSession(
      async (session) => {
        const outcome = await session.run('mine')
        assert.ok('value' in outcome && outcome.value === mine)
      },
      { mine },
    )
  })

  test('that is a query is awaited', async () => {
    // biome-ignore lint/suspicious/noThenProperty: a query builder is such an object
    const query = { then: (resolve: (rows: number[]) => void) => resolve([1]) }
    assert.deepEqual(await shown({ query }, 'query', 'const kept = query'), ['[ 1 ]', ''])
  })

  test('is kept as _, an error as _error', async () => {
    assert.equal(await last('40 + 2', 'const x = 1', '_ + 1'), '43')
    assert.equal(await last('throw new Error("kept")', '_error.message'), "'kept'")
  })

  test('does not stay alive once the next ones are there', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await withSession(async (session) => {
      const before = process.memoryUsage().heapUsed
      for (let count = 0; count < 300; count += 1) {
        await session.run(`new Array(125_000).fill(${count})`)
      }
      collect()
      const megabytes = (process.memoryUsage().heapUsed - before) / 1e6
      assert.ok(megabytes < 20, `${megabytes} MB are left of 300.`)
    })
  })
})

suite('cells', () => {
  test('run one after another, awaits included', async () => {
    await withSession(async (session) => {
      const cells = ['await new Promise((r) => setTimeout(r, 20)); const slow = 1', 'slow + 1']
      assert.deepEqual((await Promise.all(cells.map((cell) => session.run(cell)))).map(text), [
        '',
        '2',
      ])
    })
  })

  test('find the names of the session, and may shadow them', async () => {
    assert.deepEqual(await shown({ app: 'the app' }, 'app', 'const app = 1', 'app'), [
      "'the app'",
      '',
      '1',
    ])
  })

  test('leave nothing of the session behind when it is closed', async () => {
    await withSession((session) => session.run('1'), { borrowed: 1 })
    const left = ['borrowed', 'require', '_', '_error', '__atelier'].filter(
      (name) => name in globalThis,
    )
    assert.deepEqual(left, [])
  })
})

suite('interrupt', () => {
  test('gives up waiting, and every name is kept', async () => {
    await withSession(async (session) => {
      await session.run('const before = 1')
      const waiting = session.run('await new Promise(() => {})')
      setImmediate(() => session.interrupt())
      const outcome = await waiting
      assert.ok('error' in outcome && outcome.error instanceof CellInterruptedError)
      assert.equal(text(await session.run('before')), '1')
    })
  })

  test('gives up on a value that never comes', async () => {
    await withSession(async (session) => {
      const waiting = session.run('new Promise(() => {})')
      setImmediate(() => session.interrupt())
      assert.match(text(await waiting), /^Interrupted/)
    })
  })

  test('does nothing when nothing runs', async () => {
    await withSession(async (session) => {
      session.interrupt()
      assert.equal(text(await session.run('1')), '1')
    })
  })
})

suite('a failure that nobody catches', () => {
  const failures = {
    'a rejection': 'void Promise.reject(new Error("stray"))',
    'a timer': 'void setTimeout(() => { throw new Error("stray") })',
  }
  for (const [kind, cell] of Object.entries(failures)) {
    test(`of ${kind} is told, and the session goes on`, async () => {
      await withoutTestRunner(() =>
        withSession(async (session) => {
          const stray = once(session, 'stray')
          assert.equal(text(await session.run(cell)), '')
          assert.match(String(await stray), /stray/)
          assert.equal(text(await session.run('1')), '1')
        }),
      )
    })
  }
})

/** The test runner would take such a failure for the test's own. */
async function withoutTestRunner(body: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const theirs = events.map((event) => [event, process.listeners(event as 'exit')] as const)
  for (const event of events) process.removeAllListeners(event)
  try {
    await body()
  } finally {
    for (const [event, listeners] of theirs)
      for (const each of listeners) process.on(event as 'exit', each)
  }
}
