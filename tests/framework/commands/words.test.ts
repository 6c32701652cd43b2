import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as words from '../../../src/framework/commands/words'

const refused = { code: 'commander.invalidArgument' }

test('an argument that is JSON is its value', () => {
  const given = ['1', '-2.5', 'true', 'null', '"42"', '[1, 2]', '{"a": {"b": []}}']
  const values = [1, -2.5, true, null, '42', [1, 2], { a: { b: [] } }]
  assert.deepEqual(given.map(words.argument), values)
})

test('an argument that is no JSON is text, as it is', () => {
  const given = ['Ada', '', ' two words ', '007', '{a: 1}', 'undefined', "'quoted'"]
  assert.deepEqual(given.map(words.argument), given)
})

test('a count is a whole number from nothing up', () => {
  assert.deepEqual(['0', '20', '999999999'].map(words.count), [0, 20, 999_999_999])
  for (const word of ['', '-1', '1.5', '1e3', 'many', '9999999999']) {
    assert.throws(() => words.count(word), refused, word)
  }
})

test('a duration is a number of milliseconds, or text with a unit', () => {
  assert.deepEqual(['0', '250', '5 minutes', '2s'].map(words.duration), [0, 250, 300_000, 2_000])
  for (const word of ['', 'soon', '-5 minutes', '5 parsecs']) {
    assert.throws(() => words.duration(word), refused, word)
  }
})

test('a moment is a date with a time, in this machine’s zone when it names none', () => {
  assert.deepEqual(words.moment('2027-01-31T08:00Z'), new Date(Date.UTC(2027, 0, 31, 8)))
  assert.deepEqual(
    words.moment('2027-01-31T08:00:30+02:00'),
    new Date(Date.UTC(2027, 0, 31, 6, 0, 30)),
  )
  assert.deepEqual(words.moment('2027-01-31T08:00'), new Date(2027, 0, 31, 8))
})

test('what is not surely a moment is refused', () => {
  for (const word of ['2027', '2027-01-31', 'tomorrow', '2027-13-01T08:00', '31.1.2027 08:00']) {
    assert.throws(() => words.moment(word), refused, word)
  }
})

test('a day that the month does not have is refused', () => {
  assert.throws(() => words.moment('2027-02-30T08:00'), refused)
})

test('a priority is one of Agenda’s words or a whole number', () => {
  assert.deepEqual(['high', '7', '-20'].map(words.priority), ['high', 7, -20])
  for (const word of ['urgent', '1.5', '', 'toString']) {
    assert.throws(() => words.priority(word), refused, word)
  }
})

test('a state may be written in small letters', () => {
  assert.deepEqual(['FAILURE', 'pending'].map(words.state), ['FAILURE', 'PENDING'])
  assert.throws(() => words.state('broken'), /one of PENDING, STARTED, RETRY, SUCCESS/)
})

test('only a state in which a job ended is one to be run again from', () => {
  assert.equal(words.endedState('revoked'), 'REVOKED')
  assert.throws(() => words.endedState('STARTED'), /one of SUCCESS, FAILURE, REVOKED/)
})
