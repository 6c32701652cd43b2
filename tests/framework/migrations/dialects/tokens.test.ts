import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Reader, tokenize } from '../../../../src/framework/migrations/dialects/tokens'

/** The kinds and meanings of the pieces, in short. */
function pieces(sql: string, escapes = false): string[] {
  return tokenize(sql, escapes).map(({ kind, value }) => `${kind}:${value}`)
}

const reader = (sql: string) => new Reader(sql, tokenize(sql))

suite('SQL is cut into', () => {
  for (const [sql, ...wanted] of [
    ['Select A_1', 'word:select', 'word:a_1'],
    ["'it''s' ''", "text:it's", 'text:'],
    ['"a""b" `c``d` [e f] "it\'s"', 'name:a"b', 'name:c`d', 'name:e f', "name:it's"],
    ['1.5 -.5 1e21 0x1F', 'word:1.5', 'symbol:-', 'word:.5', 'word:1e21', 'word:0x1f'],
    ["x'00'", 'word:x', 'text:00'],
    ['a.b', 'word:a.b'],
    ['ünï 日本 😀x हिन्दी', 'word:ünï', 'word:日本', 'word:😀x', 'word:हिन्दी'],
    ['(a,b)', 'symbol:(', 'word:a', 'symbol:,', 'word:b', 'symbol:)'],
    ['a -- b\nc /* d\n*/ e /* without end', 'word:a', 'word:c', 'word:e'],
    ['\'-- no\' "/* no */"', 'text:-- no', 'name:/* no */'],
    ['', ...[]],
  ] as const) {
    test(`words, names, texts and symbols: ${sql.replaceAll('\n', ' ') || 'none'}`, () => {
      assert.deepEqual(pieces(sql), wanted)
    })
  }

  test('texts with escapes only where there are some', () => {
    assert.deepEqual(pieces("'a\\'b' 'c'", true), ["text:a'b", 'text:c'])
    assert.deepEqual(pieces("'a\\' 'c'"), ['text:a\\', 'text:c'])
    assert.deepEqual(pieces("'\\n\\\\\\0\\x'", true), ['text:\n\\\0x'])
  })

  test('pieces that stand where they say', () => {
    const sql = "a  'it''s' /* */ \"b\""
    assert.deepEqual(
      tokenize(sql).map(({ start, end }) => sql.slice(start, end)),
      ['a', "'it''s'", '"b"'],
    )
  })

  test('a lonely quote and all else that is no SQL', () => {
    assert.deepEqual(pieces("'a"), ["symbol:'", 'word:a'])
    assert.deepEqual(pieces('§'), ['word:§'])
  })
})

suite('A reader', () => {
  test('takes words whatever their case, but no names', () => {
    assert.equal(reader('PRIMARY key').takes('primary', 'key'), true)
    assert.equal(reader('"primary" key').takes('primary', 'key'), false)
    assert.equal(reader('primary').takes('primary', 'key'), false)
  })

  test('takes a name in its own case', () => {
    const names = reader('Users "Old Posts" \'so\'')
    assert.deepEqual([names.name(), names.name(), names.name()], ['Users', 'Old Posts', 'so'])
  })

  test('takes brackets as a whole', () => {
    const sql = reader('(a, (b, c), ")") d')
    assert.deepEqual(
      sql
        .brackets()
        .parts()
        .map(({ text }) => text),
      ['a', '(b, c)', '")"'],
    )
    assert.equal(sql.text, 'd')
  })

  test('takes what is before something, as it stands', () => {
    const sql = reader('a  (x y) B y z')
    assert.equal(
      sql.until(() => sql.sees('y')),
      'a  (x y) B',
    )
    assert.equal(
      sql.until(() => false),
      'y z',
    )
    assert.equal(
      sql.until(() => false),
      '',
    )
  })

  for (const [sql, bare] of [
    ['((a + 1))', 'a + 1'],
    ['(a) + (1)', '(a) + (1)'],
    ['a', 'a'],
    ['', ''],
  ] as const) {
    test(`leaves brackets around all of it: ${sql || 'nothing'}`, () => {
      assert.equal(reader(sql).bare().text, bare)
    })
  }

  test('says when the SQL ends too early', () => {
    assert.throws(() => reader('').next(), /ends too early/)
    assert.throws(() => reader('(a').brackets(), /ends too early: \(a/)
  })
})
