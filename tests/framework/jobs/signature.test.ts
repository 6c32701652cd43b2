import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signatureOf } from '../../../src/framework/jobs'

const { method } = {
  method(x: number, y: number) {
    return x + y
  },
}

function plain(x: number) {
  return x
}

const rows: [string, (...args: never[]) => unknown, string][] = [
  ['an arrow function', (x: number, y: number) => x / y, 't(x, y)'],
  ['an async arrow function', async (x: number) => x, 't(x)'],
  ['no parameters', () => 1, 't()'],
  ['a function', plain, 't(x)'],
  [
    'an async function',
    async function named(x: number) {
      return x
    },
    't(x)',
  ],
  ['a method', method, 't(x, y)'],
  ['a default', (x: number, y = 2) => x + y, 't(x, y = 2)'],
  ['a pattern', ({ a, b }: { a: number; b: number }) => a + b, 't({ a, b })'],
  ['a rest parameter', (...all: number[]) => all.length, 't(...all)'],
  ['a built-in function', Math.max, 't(arg1, arg2)'],
]

for (const [what, fn, expected] of rows) {
  test(`the signature of ${what} reads ${expected}`, () => {
    assert.equal(signatureOf('t', fn).text, expected)
  })
}
