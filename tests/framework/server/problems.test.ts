import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DuplicateError,
  JobNotFoundError,
  NotFoundError,
  NotStorableError,
  StoreUnavailableError,
  TaskArgumentsError,
  ValidationError,
} from '../../../src/framework/errors'
import { problemOf } from '../../../src/framework/server/problems'

const problem = (error: unknown, environment = 'production') =>
  problemOf(error, 'request-1', environment)

test('a problem has the members of RFC 9457, with the request as its instance', () => {
  assert.deepEqual(problem(new NotFoundError('User 7')), {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'User 7 was not found.',
    instance: 'request-1',
  })
})

test('invalid values are a 422 that lists all of them', () => {
  const errors = [
    { loc: ['body', 'username'], msg: 'is missing', type: 'required' },
    { loc: ['query', 'limit'], msg: 'must be <= 100', type: 'maximum' },
  ]
  const { status, detail, errors: listed } = problem(new ValidationError('The request', errors))
  assert.deepEqual([status, detail], [422, '2 values are not valid.'])
  assert.deepEqual(listed, errors)
})

test('a duplicate is a 409 that names the column', () => {
  const { status, errors } = problem(new DuplicateError('User', ['email']))
  assert.equal(status, 409)
  assert.deepEqual(errors, [{ loc: ['body', 'email'], msg: 'is already taken', type: 'unique' }])
})

test('a task that cannot be sent is a 422', () => {
  assert.equal(problem(new TaskArgumentsError('divide(x, y)', 'y is missing')).status, 422)
  assert.equal(problem(new NotStorableError('Argument x', 'a function', '')).status, 422)
})

test('an unknown job is a 404 that does not name the job store', () => {
  const { status, detail } = problem(new JobNotFoundError('5', 'mongodb://internal/jobs'))
  assert.deepEqual([status, detail], [404, 'No job has this id.'])
})

test('a store that does not answer is a 503 that does not say where it is', () => {
  const error = new StoreUnavailableError('database', 'postgres://internal/app', 'refused', '')
  const { status, detail, title } = problem(error)
  assert.deepEqual([status, title], [503, 'Service Unavailable'])
  assert.doesNotMatch(detail, /internal/)
})

test('an error of http-errors keeps its status, and its message where that is for the client', () => {
  const teapot = { status: 418, statusCode: 418, expose: true }
  const hidden = { status: 502, statusCode: 502, expose: false }
  assert.equal(
    problem(Object.assign(new Error('Short and stout.'), teapot)).detail,
    'Short and stout.',
  )
  assert.doesNotMatch(problem(Object.assign(new Error('secret'), hidden)).detail, /secret/)
})

test('the status in an error of another service is not ours', () => {
  assert.equal(problem(Object.assign(new Error('upstream said no'), { status: 401 })).status, 500)
})

test('in production, a failure of ours is a 500 without its message and stack', () => {
  const { status, detail, stack } = problem(new Error('the secret'))
  assert.equal(status, 500)
  assert.doesNotMatch(detail, /secret/)
  assert.equal(stack, undefined)
})

test('in test, a failure of ours has no stack either', () => {
  assert.equal(problem(new Error('broken'), 'test').stack, undefined)
})

test('in development, a failure of ours comes with its message and stack', () => {
  const { detail, stack } = problem(new Error('broken'), 'development')
  assert.equal(detail, 'broken')
  assert.match(stack ?? '', /problems\.test\.ts/)
})

test('a thrown value that is no error is a 500', () => {
  for (const value of ['text', 5, { status: 200 }]) assert.equal(problem(value).status, 500)
})
