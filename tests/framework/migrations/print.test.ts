import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { printChain, printValue, width, widthOf } from '../../../src/framework/migrations/print'

suite('A value', () => {
  const values: [unknown, string][] = [
    ['a', "'a'"],
    ["it's", `"it's"`],
    ['"so"', `'"so"'`],
    [`it's "so"`, `'it\\'s "so"'`],
    [`it's 'so' "x"`, `"it's 'so' \\"x\\""`],
    ['\\ \n \t \u0000', "'\\\\ \\n \\t \\u0000'"],
    ['$' + '{x} `y`', "'$" + "{x} `y`'"],
    [0, '0'],
    [-1.5, '-1.5'],
    [false, 'false'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
    [['a', 1], "['a', 1]"],
    [{ name: 'a', unique: true }, "{ name: 'a', unique: true }"],
    [{ sql: "now() || 'x'" }, `knex.raw("now() || 'x'")`],
    [{ sql: 'x', more: 1 }, "{ sql: 'x', more: 1 }"],
  ]
  for (const [value, source] of values) {
    test(`is written as ${source}`, () => assert.equal(printValue(value, 0), source))
  }

  test('means what it meant', () => {
    for (const text of ['\u2028', '\u007f', '😀', "'\"\\'", '\\n', '\ud800', '*/', '</script>']) {
      assert.equal(Function(`return ${printValue(text, 0)}`)(), text)
    }
  })

  test('is broken where it does not fit', () => {
    const long = 'x'.repeat(60)
    assert.equal(
      printValue({ name: 'a', columns: [long, long], comment: long + long }, 2),
      `{\n    name: 'a',\n    columns: [\n      '${long}',\n      '${long}',\n    ],\n    comment:\n      '${long}${long}',\n  }`,
    )
  })

  test('stands on several lines when it is a list of objects', () => {
    const columns = ['a', 'b'].map((name) => ({ name, descending: true }))
    const lines = "[\n  { name: 'a', descending: true },\n  { name: 'b', descending: true },\n]"
    assert.equal(printValue(columns, 0), lines)
  })
})

suite('Calls', () => {
  const call = (method: string, ...args: unknown[]) => ({ method, args })

  test('stand on one line where they fit', () => {
    const chain = [call('string', 'a', 9), call('notNullable'), call('defaultTo', { sql: 'now()' })]
    assert.equal(
      printChain(chain, 4),
      "table.string('a', 9).notNullable().defaultTo(knex.raw('now()'))",
    )
  })

  test('stand one below the other where they do not', () => {
    const text = 'x'.repeat(70)
    const chain = [call('datetime', 'abc', { precision: 6 }), call('comment', text)]
    assert.equal(
      printChain(chain, 4),
      `table\n      .datetime('abc', { precision: 6 })\n      .comment('${text}')`,
    )
  })

  test('have what is too long on lines of its own', () => {
    const names = ['a', 'b', 'c'].map((letter) => letter.repeat(35))
    const lines = names.map((name) => `      '${name}',\n`).join('')
    assert.equal(printChain([call('primary', names)], 4), `table.primary([\n${lines}    ])`)
    assert.equal(
      printChain([call('comment', 'x'.repeat(width))], 4),
      `table.comment(\n      '${'x'.repeat(width)}',\n    )`,
    )
    assert.equal(
      printChain([call('unique', [names[0], names[1]], { indexName: 'i' })], 4),
      `table.unique(['${names[0]}', '${names[1]}'], {\n      indexName: 'i',\n    })`,
    )
  })
})

test('a character takes none, one or two columns', () => {
  const widths = {
    a: 1,
    é: 1,
    'e\u0301': 1,
    日: 2,
    한: 2,
    '😀': 2,
    '\u200b': 0,
    '\u007f': 0,
    '＊': 2,
    ｶ: 1,
  }
  for (const [text, columns] of Object.entries(widths)) assert.equal(widthOf(text), columns, text)
})
