import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { suite, test } from 'node:test'
import { Lines } from '../../../src/framework/console/lines'
import { runScript } from '../../../src/framework/console/script'
import { withSession } from './engine'

/** What a script prints, and its exit code. */
function run(input: string | AsyncIterable<string>, names: Record<string, unknown> = {}) {
  return withSession(async (session) => {
    let [out, err] = ['', '']
    const code = await runScript(session, {
      lines: new Lines(typeof input === 'string' ? [input] : input),
      name: 'stdin',
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
    })
    return { out, err, code }
  }, names)
}

async function output(...lines: string[]): Promise<string> {
  const { out, err } = await run(`${lines.join('\n')}\n`)
  assert.equal(err, '')
  return out
}

suite('a script', () => {
  test('shows each value as the terminal does, and nothing for undefined', async () => {
    assert.equal(
      await output("'test1'", '1 / 2', 'undefined', 'const a = 1', 'null'),
      "'test1'\n0.5\nnull\n",
    )
  })

  test('starts a line only when the one before has settled', async () => {
    const lines = [
      'const b = await new Promise((r) => setTimeout(r, 20, 5))',
      'b',
      'new Promise((r) => setTimeout(r, 5, 6))',
      '7',
    ]
    assert.equal(await output(...lines), '5\n6\n7\n')
  })

  test('takes several lines as one cell where they belong together', async () => {
    assert.equal(await output('function f(a: number) {', '  return a', '}', 'f(1)'), '1\n')
    assert.equal(await output('[3, 1]', '  // sorted', '', '  .sort()', '  .at(0)'), '1\n')
    assert.equal(await output('if (0) {', '  1', '}', 'else {', '  2', '}'), '2\n')
    assert.equal(await output('const x = true', '  ? "yes"', '  : "no"', 'x'), "'yes'\n")
  })

  test('takes a line that may stand alone as a cell of its own', async () => {
    assert.equal(
      await output('const u = 1', '(u + 1)', '[u]', '-1', '.5', '`t`'),
      "2\n[ 1 ]\n-1\n0.5\n't'\n",
    )
  })

  test('runs lines as they arrive', async () => {
    const input = new PassThrough({ encoding: 'utf8' })
    const shown: string[] = []
    const note = (value: string) => {
      shown.push(value)
      if (value === 'first') input.write('note("sec')
      if (value === 'first') setImmediate(() => input.end('ond")'))
    }
    input.write('note("first")\n')
    assert.equal((await run(input, { note })).code, 0)
    assert.deepEqual(shown, ['first', 'second'])
  })

  test('may have Windows line ends and no last one', async () => {
    assert.equal((await run('1\r\n`a\r\nb`.length\r\n3')).out, '1\n3\n3\n')
  })

  test('ends at the first error, with its line, and exits with 1', async () => {
    const { out, err, code } = await run('1\n\n// why\nnope()\n2\n')
    assert.deepEqual({ out, code }, { out: '1\n', code: 1 })
    assert.equal(err, 'stdin:4: ReferenceError: nope is not defined\n    at stdin:4:1\n')
  })

  test('names the line inside a cell of several', async () => {
    assert.match(
      (await run('1\n{\n  let a = 1\n  throw new Error("deep")\n}')).err,
      /^stdin:4: Error: deep/,
    )
    assert.match(
      (await run('const f = () => {\n  throw null\n}\nf()')).err,
      /^stdin:4: Uncaught null\n$/,
    )
  })

  test('names the line of a syntax error', async () => {
    const { out, err, code } = await run('1\nfoo bar\n2')
    assert.deepEqual({ out, code }, { out: '1\n', code: 1 })
    assert.equal(err, 'stdin:2: SyntaxError: Unexpected keyword or identifier.\n')
  })

  test('that is not finished names the line where that began', async () => {
    const { err, code } = await run('1\n\nconst f = () => {\n  2\n')
    assert.equal(err, 'stdin:3: SyntaxError: What begins on this line has no end.\n')
    assert.equal(code, 1)
  })

  const tricky = [
    ['brackets in text', `const s = \`a \${[1].map((x) => { return x })} b )\`; "}"; // )`],
    ['brackets in a regular expression', 'const r = /[)\\]}]/.test("(")'],
    ['a comment', '/* ( { [ */'],
  ] as const
  for (const [what, line] of tricky) {
    test(`may have a cell of many lines, with ${what}`, async () => {
      const lines = [
        'function many() {',
        ...Array(80).fill(`{ ${line} \n}`),
        '  return 5',
        '}',
        'many()',
        '6',
      ]
      assert.equal(await output(...lines), '5\n6\n')
    })
  }

  test('may have a comment or a text of many lines', async () => {
    const lines = Array(80).fill('it (')
    assert.equal(
      await output('/*', ...lines, '*/', '1', '`', ...lines, '`.length', '2'),
      '1\n401\n2\n',
    )
  })

  test('names the line of a mistake in a cell of many lines', async () => {
    const lines = [
      'const list = [',
      ...Array(80).fill('  1,'),
      '  1 2,',
      ...Array(9).fill('  1,'),
      ']',
      '3',
    ]
    const { out, err } = await run(lines.join('\n'))
    assert.deepEqual([out, err], ['', "stdin:82: SyntaxError: ',' expected.\n"])
  })

  test('may be empty', async () => assert.deepEqual(await run(''), { out: '', err: '', code: 0 }))
})
