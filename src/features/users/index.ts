import { defineFeature } from '../../framework'
import { User } from './models'
import { routes } from './routes'
import { divide } from './tasks'

export default defineFeature({ name: 'users', models: { User }, routes, tasks: { divide } })
