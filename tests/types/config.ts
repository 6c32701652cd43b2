/** What a user may and may not write with settings: `tsc` reads this file, nobody runs it. */
import { createApp } from '../../src/app'
import { config } from '../../src/config'
import {
  type Config,
  defineConfig,
  integer,
  oneOf,
  type StoreUrl,
  text,
} from '../../src/framework/config'

export const port: number = config.PORT
export const host: string = config.HOST
export const environment: 'development' | 'production' | 'test' = config.NODE_ENV
export const database: StoreUrl = config.DATABASE_URL
export const results: StoreUrl | undefined = config.AGENDA_RESULTS_URL
export const root: string = config.root

// @ts-expect-error a port is a number
export const text1: string = config.PORT
// @ts-expect-error no such environment
export const staging = config.NODE_ENV === 'staging'
// @ts-expect-error a URL is printed without its password; drivers take it by reveal()
export const url: string = config.DATABASE_URL
// @ts-expect-error it is absent when results live with the jobs
export const always: StoreUrl = config.AGENDA_RESULTS_URL
// @ts-expect-error a misspelt key
export const unknown = config.PROT

export const app = createApp({ DATABASE_URL: 'sqlite::memory:', PORT: 0 })
export const appPort: number = app.config.PORT
// @ts-expect-error a misspelt key
export const appUnknown = app.config.PROT
// @ts-expect-error a setting is text or a number
createApp({ PORT: true })

export function frozen(): void {
  // @ts-expect-error settings cannot be changed
  config.PORT = 1
}

const own = defineConfig({
  root: '.',
  settings: { MAX_UPLOADS: integer(1), LOG_LEVEL: oneOf('debug', 'info'), TITLE: text() },
  defaults: { MAX_UPLOADS: 3 },
  environments: { production: { LOG_LEVEL: 'info' } },
})

export const uploads: number = own.MAX_UPLOADS
export const level: 'debug' | 'info' = own.LOG_LEVEL
export const title: string = own.with({ TITLE: 'Shop' }).TITLE
export const ownPort: number = own.PORT
export const asAnyOther: Config = own
// @ts-expect-error the number of uploads is a number
export const text2: string = own.MAX_UPLOADS
// @ts-expect-error no such level
export const loud = own.LOG_LEVEL === 'warn'
// @ts-expect-error a misspelt key
export const ownUnknown = own.MAX_UPLOAD

// @ts-expect-error no such environment
defineConfig({ root: '.', environments: { staging: { PORT: 1 } } })
// @ts-expect-error a project has a folder
defineConfig({})
// @ts-expect-error a setting knows how it is read
defineConfig({ root: '.', settings: { TITLE: 'Shop' } })
