import { NotFoundError, Routes, Type } from '../../framework'
import { User } from './models'

const wholeNumber = { minimum: 0, maximum: 2_147_483_647 }
const params = Type.Object({ id: Type.Integer(wholeNumber) })
const page = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  offset: Type.Integer({ ...wholeNumber, default: 0 }),
})

// The database counts the ids; a client sets the other columns.
const { id: _, ...columns } = User.columns
const newUser = Type.Object(columns, { additionalProperties: false })
const changes = Type.Partial(newUser, { additionalProperties: false, minProperties: 1 })

/** Users over HTTP: list, get, create, change and delete. */
export const routes = new Routes('/users')
  .get('/', { query: page }, async ({ query: { limit, offset } }) => {
    const { results, total } = await User.query()
      .orderBy('id')
      .range(offset, offset + limit - 1)
    return { items: results, total, limit, offset }
  })
  .get('/:id', { params }, async ({ params: { id } }) => {
    return found(await User.query().findById(id), id)
  })
  .post('/', { body: newUser, status: 201 }, async ({ body, ctx }) => {
    const user = await User.query().insertAndFetch(body)
    ctx.set('Location', `/users/${user.id}`)
    return user
  })
  .patch('/:id', { params, body: changes }, async ({ params: { id }, body }) => {
    return found(await User.query().patchAndFetchById(id, body), id)
  })
  .delete('/:id', { params }, async ({ params: { id } }) => {
    found((await User.query().deleteById(id)) || undefined, id)
  })

/** @throws NotFoundError when there is no such user */
function found<T>(user: T | undefined, id: number): T {
  if (user === undefined) throw new NotFoundError(`User ${id}`)
  return user
}
