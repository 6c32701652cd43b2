import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compile, completeness } from '../../../src/framework/console/compile'
import { original } from '../../../src/framework/console/positions'
import { CellSyntaxError } from '../../../src/framework/errors'

const origin = { file: 'cell', line: 1 }
const code = (source: string) => compile(source, origin).code.trim()

suite('an import in a cell', () => {
  const load = 'await __atelier.import("./x")'
  const cases: [string, string][] = [
    ['import a from "./x"', `let { default: a } = ${load};`],
    ['import { a, b as c } from "./x"', `let { a: a, b: c } = ${load};`],
    ['import a, { type T, b } from "./x"', `let { default: a, b: b } = ${load};`],
    ['import * as all from "./x"', `let all = ${load};`],
    ['import a, * as all from "./x"', `let all = ${load}, { default: a } = all;`],
    ['import "./x"', `void ${load};`],
    ['import { "a-b" as c } from "./x"', `let { "a-b": c } = ${load};`],
    ['export * from "./x"', `void ${load};`],
  ]
  for (const [source, expected] of cases) {
    test(`${source} becomes a lasting declaration`, () => assert.equal(code(source), expected))
  }

  test('of types only vanishes', () => {
    assert.equal(
      code('import type { T } from "./x"\nimport { type U } from "./x"'),
      `void ${load};`,
    )
  })

  test('that nothing uses yet is kept', () =>
    assert.match(code('import { a } from "./x"\n1'), /import/))

  test('as an expression goes through the session too', () => {
    assert.equal(code('import("./x")'), '__atelier.import("./x");')
    assert.equal(code('import.meta.url'), '__atelier.meta.url;')
  })

  test('by require is a declaration', () => {
    assert.equal(code('import x = require("x")'), 'let   x = require("x");')
  })
})

suite('an export in a cell', () => {
  test('declares what it exports', () => {
    assert.equal(code('export const a = 1'), 'let   a = 1;')
    assert.match(code('export class A {}'), /^class A \{/)
    assert.match(code('export default function f() {}'), /^let f = function/)
  })

  test('without a name is the value of the cell', () => {
    assert.equal(code('export default 5'), '( 5);')
    assert.match(code('export default class {}'), /^\( class \{\s*\}\)$/)
  })
})

suite('a compiled cell', () => {
  test('keeps its positions, whatever was rewritten on a line', () => {
    const source =
      'interface A {\n  b: string\n}\nimport("./x").then(() => { throw new Error("here") })'
    const { code: compiled, map } = compile(source, origin)
    const lines = compiled.split('\n')
    const line = lines.findIndex((each) => each.includes('throw')) + 1
    const column = (lines[line - 1] ?? '').indexOf('new Error') + 1
    assert.deepEqual(original(map, { line, column }), { line: 4, column: 34 })
  })

  test('counts its lines from where it begins in the whole input', () => {
    const { map } = compile('a()', { file: 'stdin', line: 7 })
    assert.deepEqual(original(map, { line: 1, column: 1 }), { line: 7, column: 1 })
  })

  test('that starts with a brace is an object where it can be one', () => {
    assert.match(code('{ a: 1 }'), /^\(\{/)
    assert.match(code('{ let a = 1; a }'), /^\{/)
    assert.match(code('{ a: 1 };'), /^\{/)
  })
})

suite('a syntax error', () => {
  const failure = (source: string, line = 1) => {
    try {
      compile(source, { file: 'cell', line })
    } catch (error) {
      assert.ok(error instanceof CellSyntaxError)
      return { line: error.line, message: error.message }
    }
    return assert.fail('It compiled.')
  }

  test('names the line in the TypeScript that was typed', () => {
    assert.deepEqual(failure('type A = string\n\nfoo bar'), {
      line: 3,
      message: 'Unexpected keyword or identifier.',
    })
  })

  test('names the line in the whole input', () => assert.equal(failure('foo bar', 12).line, 12))

  test('is found where TypeScript itself does not look', () => {
    assert.match(failure('1\nreturn 5').message, /return/i)
    assert.equal(failure('1\nreturn 5').line, 2)
    assert.deepEqual(failure('let a: number\n\nlet a: number'), {
      line: 3,
      message: "Identifier 'a' has already been declared.",
    })
  })
})

suite('an input', () => {
  const incomplete = [
    'function f() {',
    'const a = [',
    'call(1,',
    '`text',
    '`text ${',
    '/* comment',
    'class A {\n  x = 1',
    'if (a)',
    'try {\n}',
    'const f = () =>',
    'const a =',
    'type A = {',
    '@decorated',
    '{ a: 1,',
    '{ a: 1, b:',
    'import {',
    'a.',
  ]
  for (const source of incomplete) {
    test(`needs more lines: ${JSON.stringify(source)}`, () => {
      assert.equal(completeness(source), 'incomplete')
    })
  }

  for (const source of ['foo bar', '}', '"text', 'else', 'a b\ncall(', '/regex']) {
    test(`is wrong as it stands: ${JSON.stringify(source)}`, () => {
      assert.equal(completeness(source), 'invalid')
    })
  }

  for (const source of ['', '1 + 1', '{ a: 1,\n  b: 2 }', 'await x', '// comment', 'type A = 1']) {
    test(`may run: ${JSON.stringify(source)}`, () => assert.equal(completeness(source), 'complete'))
  }
})
