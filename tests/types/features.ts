/** What a user may and may not write in a feature: `tsc` reads this file, nobody runs it. */

import { User } from '../../src/features/users/models'
import { divide } from '../../src/features/users/tasks'
import { defineFeature, Routes, Type } from '../../src/framework'

export const features = [
  defineFeature({ name: 'empty' }),
  defineFeature({
    name: 'users',
    models: { User },
    tasks: { divide },
    routes: new Routes('/users'),
  }),
  // @ts-expect-error a feature has a name
  defineFeature({ models: { User } }),
  // @ts-expect-error no such part
  defineFeature({ name: 'users', model: { User } }),
  // @ts-expect-error a model is a class
  defineFeature({ name: 'users', models: { User: new User() } }),
  // @ts-expect-error models have names
  defineFeature({ name: 'users', models: [User] }),
  // @ts-expect-error a task is made by task()
  defineFeature({ name: 'users', tasks: { divide: (x: number, y: number) => x / y } }),
  // @ts-expect-error a task is no model
  defineFeature({ name: 'users', models: { divide } }),
  // @ts-expect-error routes are made by new Routes()
  defineFeature({ name: 'users', routes: ['/users'] }),
]

const params = Type.Object({ id: Type.Integer() })
const body = Type.Object({ username: Type.String(), age: Type.Optional(Type.Integer()) })
const query = Type.Object({ limit: Type.Integer({ default: 20 }) })

export const routes = new Routes('/users')
  .get('/:id', { params }, ({ params, query, body, ctx }) => {
    const id: number = params.id
    // @ts-expect-error an id is a number
    const text: string = params.id
    // @ts-expect-error no such part of the path
    const name = params.name
    const nothing: undefined = query ?? body
    // @ts-expect-error without a schema there is no query
    const limit = query.limit
    // @ts-expect-error without a schema there is no body
    const username = body.username
    const path: string = ctx.path
    return { id, text, name, nothing, limit, username, path }
  })
  .post('/', { body, query, status: 201 }, async ({ body, query }) => {
    const username: string = body.username
    const age: number | undefined = body.age
    const limit: number = query.limit
    // @ts-expect-error it may be absent
    const years: number = body.age
    // @ts-expect-error no such part of the body
    const email = body.email
    return { username, age, limit, years, email }
  })
  .delete('/:id', {}, () => undefined)
  // @ts-expect-error a status is a number
  .put('/', { body, status: '201' }, () => [])

export const misplaced = [
  // @ts-expect-error a path is text
  new Routes('/users').get({}, () => []),
  // @ts-expect-error a handler is a function
  new Routes('/users').get('/', {}, []),
  // @ts-expect-error a task is no handler, as its arguments are others
  new Routes('/users').get('/', {}, divide),
]

// @ts-expect-error there is no part of this name
new Routes().get('/', { cookies: Type.Object({}) }, () => {})
